// Makes a run for demos from a forecast, without training. The run's name, tags and origin say so,
// and no measured figure includes it. Pure and deterministic.
#pragma once

#include <cstdint>
#include <optional>

#include "common/run/forecast.h"
#include "common/run/run_bundle.h"
#include "common/study/stop_evaluation.h"

namespace powerdown {

inline constexpr char kModelled[] = "modelled";  // Run::origin

// What a forecast does not contain, taken from the recorded runs nearest to it.
struct SimulationBasis {
  int64_t memorised_step = 100;
  double joules_per_step = 0;
  double seconds_per_step = 1e-3;
};
SimulationBasis BasisOf(const std::vector<RecordedRun>& nearest, const RunSpec& spec);

// If the forecast gives a grok a probability below one half, the modelled run does not grok.
bool IsExpectedToGrok(const Forecast& forecast);

// Train accuracy rises as a logistic curve to the memorisation step, validation accuracy to the
// forecast grok step if a grok is expected. The run has twice as many steps as the grok step, at
// most spec.max_steps.
// FailedPrecondition if the spec is unfamiliar.
absl::StatusOr<RunBundle> SimulateRun(const RunSpec& spec, const Forecast& forecast,
                                      const SimulationBasis& basis);

}  // namespace powerdown
