// A run that was never trained, drawn from its forecast: for demos. It says so in its name, tags
// and origin, and is kept out of everything that was measured. Pure and deterministic.
#pragma once

#include <cstdint>
#include <optional>

#include "common/run/forecast.h"
#include "common/run/run_bundle.h"
#include "common/study/stop_evaluation.h"

namespace powerdown {

inline constexpr char kModelled[] = "modelled";  // Run::origin

// What a forecast does not say, read off the recorded runs that it leans on.
struct SimulationBasis {
  int64_t memorised_step = 100;
  double joules_per_step = 0;
  double seconds_per_step = 1e-3;
};
SimulationBasis BasisOf(const std::vector<RecordedRun>& nearest, const RunSpec& spec);

// A forecast that gives a grok less than one half is modelled as the run that does not grok.
bool IsExpectedToGrok(const Forecast& forecast);

// Train accuracy rises as a logistic curve to the memorisation step, validation accuracy to the
// forecast grok step if one is expected. Twice the grok step long, at most spec.max_steps.
// FailedPrecondition if the forecast is "unfamiliar".
absl::StatusOr<RunBundle> SimulateRun(const RunSpec& spec, const Forecast& forecast,
                                      const SimulationBasis& basis);

}  // namespace powerdown
