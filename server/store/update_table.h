// Reports and events of runs, read by revision: one increasing key over both, for all runs,
// assigned when CommitGroup commits them. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/report_point.h"
#include "server/store/report_position.h"

namespace powerdown {

class DatabaseFile;

// A run and the last revision of its updates in a range; run_id '': of no run.
struct ChangedRun {
  std::string run_id;
  int64_t revision = 0;
};

class UpdateTable {
 public:
  explicit UpdateTable(DatabaseFile& file) : file_(file) {}

  absl::StatusOr<int64_t> NewestRevision() const;
  // Updates of one run (all runs if empty) with revision ≥ start, ascending, at most `limit`.
  absl::StatusOr<std::vector<RunUpdate>> Read(const std::string& run_id, int64_t start_revision,
                                              int64_t limit) const;
  // The same of one run, for watchers: without what stays with the daemon (monotonic, features),
  // and without a copy of each.
  absl::Status ForEachUpdate(const std::string& run_id, int64_t start_revision, int64_t limit,
                             const std::function<void(const StepReport&)>& on_report,
                             const std::function<void(const RunEvent&)>& on_event) const;
  // The runs with updates of first ≤ revision ≤ last, ascending by revision; at most `limit`.
  absl::StatusOr<std::vector<ChangedRun>> ReadChangedRuns(int64_t first, int64_t last,
                                                          int64_t limit) const;
  // The first step that each attempt reported.
  absl::StatusOr<std::map<int64_t, int64_t>> ReadFirstSteps(const std::string& run_id) const;
  // Calls `visit` with what curves and summaries are made from (attempt, step, time, metrics) of
  // the reports after `last`, ascending by attempt and step, at most `limit`, and returns the last
  // one's position; nullopt if there is none. For long work: on a connection of its own, so it
  // waits for no short read, and none for it.
  absl::StatusOr<std::optional<ReportPosition>> ForEachReportAfter(
      const std::string& run_id, const ReportPosition& last, int64_t limit,
      const std::function<void(const StepReport&)>& visit) const;
  // Calls `visit` with all the run's reports with revision ≥ first, ascending by revision, some ten
  // thousand at a time, and returns the last one's revision. `readers` slices are read at a time,
  // on as many threads; `visit` is called on the caller's. Cancelled once `is_stopped`, if given.
  absl::StatusOr<std::optional<int64_t>> ForEachSlice(
      const std::string& run_id, int64_t first, size_t readers, const std::atomic<bool>* is_stopped,
      const std::function<void(std::span<const ReportPoint>)>& visit) const;
  // Ascending by revision, of all attempts.
  absl::StatusOr<std::vector<StepReport>> ReadReports(const std::string& run_id) const;
  // Those with from ≤ step ≤ to. Aside as ForEachReportAfter.
  absl::StatusOr<std::vector<StepReport>> ReadReportsOfSteps(const std::string& run_id,
                                                             int64_t from, int64_t to) const;
  // What the run had used at its report of this step, the last attempt's; nullopt where it has
  // none.
  absl::StatusOr<std::optional<Joules>> ReadEnergyAt(const std::string& run_id, int64_t step) const;
  // Ascending by revision. `kind` empty: events of all kinds.
  absl::StatusOr<std::vector<RunEvent>> ReadEvents(const std::string& run_id,
                                                   const std::string& kind) const;

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
