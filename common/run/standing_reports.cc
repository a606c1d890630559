#include "common/run/standing_reports.h"

#include <algorithm>
#include <utility>

namespace powerdown {

std::vector<StepReport> StandingReports(std::vector<StepReport> reports) {
  std::stable_sort(reports.begin(), reports.end(),
                   [](const StepReport& a, const StepReport& b) { return a.attempt < b.attempt; });
  std::vector<StepReport> standing;
  for (StepReport& report : reports) {
    while (!standing.empty() && standing.back().attempt != report.attempt &&
           standing.back().evaluation.step >= report.evaluation.step) {
      standing.pop_back();
    }
    standing.push_back(std::move(report));
  }
  return standing;
}

}  // namespace powerdown
