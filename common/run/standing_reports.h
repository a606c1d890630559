// Which of a run's reports count once an attempt has done steps again. Pure.
#pragma once

#include <vector>

#include "common/run/run.h"

namespace powerdown {

// The reports that stand: of each step the last attempt's, in ascending steps. A later attempt
// takes back what earlier ones reported from its first step on, so that while it lasts the run is
// only as long as it has come. RunSeries follows the same rule report by report.
std::vector<StepReport> StandingReports(std::vector<StepReport> reports);

}  // namespace powerdown
