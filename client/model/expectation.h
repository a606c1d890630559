// What a run will probably need, before it starts. The grok step comes from the installed weights,
// else from runs of the same family; the energy from runs of the same size. The same forecast as
// `powerdown forecast SPEC`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/forecast/predictor.h"
#include "common/run/run.h"
#include "common/run/run_spec.h"

namespace powerdown {

// low..high holds the true value in 80% of runs.
struct ExpectedValue {
  double likely = 0;
  std::optional<double> low;   // absent: too few runs are known
  std::optional<double> high;  // also absent where it may lie beyond the schedule
};

struct Expectation {
  std::optional<ExpectedValue> grok_step;
  std::optional<double> will_grok;  // probability, within the schedule
  int64_t schedule_steps = 0;       // where the usual run ends
  std::optional<ExpectedValue> usual_joules;
  std::optional<ExpectedValue> stopped_joules;  // up to where the stop rule typically ends it
  FootprintFactors factors;
  std::string step_source;  // "weights cure-1 3f9a", "12 runs of this family", or why not known
  std::string cost_source;  // "5 runs of this size known here"
};

// `predictor` may be null.
Expectation Expect(const RunSpec& spec, const std::string& schedule,
                   const std::vector<const Run*>& known, const Predictor* predictor);

}  // namespace powerdown
