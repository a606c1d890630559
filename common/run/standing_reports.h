// Which of a run's reports count once an attempt has done steps again. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "common/run/run.h"

namespace powerdown {

// The reports that stand: of each step the last attempt's, in ascending steps. A later attempt
// takes back what earlier ones reported from its first step on, so that while it lasts the run is
// only as long as it has come. RunSeries follows the same rule report by report.
std::vector<StepReport> StandingReports(std::vector<StepReport> reports);

// The same rule for reports that come one at a time. Plain value.
class StandingSteps {
 public:
  // `first_steps`: the first step that each attempt reported.
  explicit StandingSteps(const std::map<int64_t, int64_t>& first_steps);
  bool Has(const StepReport& report) const;

 private:
  std::map<int64_t, int64_t> ends_;  // by attempt: from here on a later one took its reports back
};

}  // namespace powerdown
