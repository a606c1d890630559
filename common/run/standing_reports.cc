#include "common/run/standing_reports.h"

#include <algorithm>
#include <limits>
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

StandingSteps::StandingSteps(const std::map<int64_t, int64_t>& first_steps) {
  int64_t end = std::numeric_limits<int64_t>::max();
  for (auto attempt = first_steps.rbegin(); attempt != first_steps.rend(); ++attempt) {
    ends_[attempt->first] = end;
    end = std::min(end, attempt->second);
  }
}

bool StandingSteps::Has(const StepReport& report) const {
  const auto end = ends_.find(report.attempt);
  return end != ends_.end() && report.evaluation.step < end->second;
}

}  // namespace powerdown
