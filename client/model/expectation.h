// What a run is expected to need, before it starts: from the runs of its family that are known
// here, else from the median shipped with the program. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/run.h"
#include "common/training_schedule.h"

namespace powerdown {

// low..high holds four of five of the runs it comes from; absent below five runs.
struct ExpectedValue {
  double likely = 0;
  std::optional<double> low;
  std::optional<double> high;
};

struct Expectation {
  std::optional<ExpectedValue> grok_step;
  int64_t budget_steps = 0;  // where the usual run ends
  std::optional<ExpectedValue> usual_joules;
  std::optional<ExpectedValue> stopped_joules;  // up to the stop step, typically after the grok
  std::string source;  // "12 runs of this family on this server", or why nothing is known
};

Expectation Expect(const RunSpec& spec, const std::string& schedule,
                   const std::vector<const Run*>& known);

}  // namespace powerdown
