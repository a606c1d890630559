// What a run is expected to need, before it starts: its grok step from the installed weights, else
// from the runs of its family; its energy from runs of its size. The same forecast as `powerdown
// forecast SPEC`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/forecast/predictor.h"
#include "common/run/run.h"
#include "common/run/training_schedule.h"

namespace powerdown {

// low..high holds four of five.
struct ExpectedValue {
  double likely = 0;
  std::optional<double> low;   // absent: too few are known to say
  std::optional<double> high;  // and where it may be beyond the budget
};

struct Expectation {
  std::optional<ExpectedValue> grok_step;
  std::optional<double> will_grok;  // probability, within the budget
  int64_t budget_steps = 0;         // where the usual run ends
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
