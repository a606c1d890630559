#include "client/cli/stored_reports.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/run/standing_reports.h"

namespace powerdown {
namespace {

// The end of an export: the last report that the run had made when the export began. Without it,
// exporting a run that still trains would never end.
class ExportEnd {
 public:
  explicit ExportEnd(const Run& run) : run_(run) {
    for (const Attempt& attempt : run.attempts) {
      if (attempt.first_step <= run.steps) attempt_ = std::max(attempt_, attempt.attempt);
    }
  }
  bool IsEmpty() const { return !HasEnded(run_.state) && run_.steps == 0; }
  bool IsReachedBy(const StepReport& report) const {
    return !HasEnded(run_.state) && report.attempt >= attempt_ &&
           report.evaluation.step >= run_.steps;
  }

 private:
  const Run& run_;
  int64_t attempt_ = 1;
};

}  // namespace

absl::Status ForEachReport(Connection& connection, const Run& run,
                           const std::function<absl::Status(const StepReport&)>& take) {
  const ExportEnd end(run);
  if (end.IsEmpty()) return absl::OkStatus();
  absl::Status taken;
  const auto on_update = [&](const RunUpdate& update) {
    const auto* report = std::get_if<StepReport>(&update);
    if (report == nullptr) return true;
    taken = take(*report);
    return taken.ok() && !end.IsReachedBy(*report);
  };
  const absl::Status watched =
      connection.WatchRun(run.run_id, 0, on_update, [](const std::string&) {});
  RETURN_IF_ERROR(taken);
  // on_update ends the watch with Cancelled when all reports are here.
  return absl::IsCancelled(watched) ? absl::OkStatus() : watched;
}

absl::StatusOr<std::vector<StepReport>> FetchReports(Connection& connection, const Run& run,
                                                     int64_t most) {
  std::vector<StepReport> reports;
  RETURN_IF_ERROR(ForEachReport(connection, run, [&](const StepReport& report) {
    if (static_cast<int64_t>(reports.size()) == most) {
      return absl::OutOfRangeError(
          absl::StrCat("run ", run.run_id, " has more than ", most, " reports"));
    }
    reports.push_back(report);
    return absl::OkStatus();
  }));
  return StandingReports(std::move(reports));
}

}  // namespace powerdown
