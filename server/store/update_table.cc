#include "server/store/update_table.h"

#include <limits>

#include "common/base/status.h"
#include "server/store/database_file.h"
#include "server/store/field_rows.h"
#include "server/store/point_rows.h"
#include "server/store/point_stream.h"
#include "server/store/update_rows.h"

namespace powerdown {
namespace {

// Both ascend by revision; the result is their first `limit`.
std::vector<RunUpdate> MergeByRevision(std::vector<StepReport> reports,
                                       std::vector<RunEvent> events, int64_t limit) {
  std::vector<RunUpdate> updates;
  updates.reserve(reports.size() + events.size());
  std::move(reports.begin(), reports.end(), std::back_inserter(updates));
  std::move(events.begin(), events.end(), std::back_inserter(updates));
  std::inplace_merge(
      updates.begin(), updates.begin() + static_cast<int64_t>(reports.size()), updates.end(),
      [](const RunUpdate& a, const RunUpdate& b) { return RevisionOf(a) < RevisionOf(b); });
  if (limit >= 0 && static_cast<int64_t>(updates.size()) > limit) {
    updates.erase(updates.begin() + limit, updates.end());
  }
  return updates;
}

}  // namespace

absl::StatusOr<int64_t> UpdateTable::NewestRevision() const {
  return file_.Read([](DatabaseConnection& database) -> absl::StatusOr<int64_t> {
    return LastRevision(database);
  });
}

absl::StatusOr<std::vector<RunUpdate>> UpdateTable::Read(const std::string& run_id,
                                                         int64_t start_revision,
                                                         int64_t limit) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<RunUpdate>> {
    // One transaction: a commit between the two reads would put later rows before earlier ones.
    SQLite::Transaction moment(database);
    const UpdateRange range{run_id, "", start_revision, limit};
    return MergeByRevision(SelectReports(database, range), SelectEvents(database, range), limit);
  });
}

absl::Status UpdateTable::ForEachUpdate(
    const std::string& run_id, int64_t start_revision, int64_t limit,
    const std::function<void(const StepReport&)>& on_report,
    const std::function<void(const RunEvent&)>& on_event) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::Status {
    SQLite::Transaction moment(database);
    const UpdateRange range{run_id, "", start_revision, limit};
    const std::vector<RunEvent> events = SelectEvents(database, range);
    auto event = events.begin();
    int64_t left = limit;
    StepReport report;
    report.run_id = run_id;
    for (const ReportPoint& point : ReadPoints(
             database, {.run_id = run_id, .first_revision = start_revision, .limit = limit})) {
      SetPoint(point, report);
      for (; event != events.end() && event->revision < report.revision && left > 0; ++event) {
        on_event(*event);
        --left;
      }
      if (left-- > 0) on_report(report);
    }
    for (; event != events.end() && left > 0; ++event, --left) on_event(*event);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<ChangedRun>> UpdateTable::ReadChangedRuns(int64_t first, int64_t last,
                                                                     int64_t limit) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<ChangedRun>> {
    Statement select(
        database,
        "SELECT run_id, max(revision) AS newest FROM (SELECT run_id, revision FROM reports WHERE "
        "revision BETWEEN ?1 AND ?2 UNION ALL SELECT run_id, revision FROM events WHERE revision "
        "BETWEEN ?1 AND ?2) GROUP BY run_id ORDER BY newest LIMIT ?3");
    Parameters(select) << first << last << limit;
    std::vector<ChangedRun> changed;
    while (select.executeStep()) {
      ChangedRun& run = changed.emplace_back();
      Columns(select) >> run.run_id >> run.revision;
    }
    return changed;
  });
}

absl::StatusOr<std::map<int64_t, int64_t>> UpdateTable::ReadFirstSteps(
    const std::string& run_id) const {
  return file_.Read(
      [&](DatabaseConnection& database) -> absl::StatusOr<std::map<int64_t, int64_t>> {
        // Each row is one look into the index, however many reports an attempt has.
        Statement next(database,
                       "SELECT attempt, step FROM reports WHERE run_id = ? AND attempt > ? "
                       "ORDER BY attempt, step LIMIT 1");
        std::map<int64_t, int64_t> first_steps;
        int64_t attempt = std::numeric_limits<int64_t>::min();
        for (;;) {
          Parameters(next) << run_id << attempt;
          if (!next.executeStep()) return first_steps;
          int64_t step = 0;
          Columns(next) >> attempt >> step;
          first_steps[attempt] = step;
        }
      });
}

absl::StatusOr<std::optional<ReportPosition>> UpdateTable::ForEachReportAfter(
    const std::string& run_id, const ReportPosition& last, int64_t limit,
    const std::function<void(const StepReport&)>& visit) const {
  using Found = std::optional<ReportPosition>;
  return file_.ReadAside([&](DatabaseConnection& database) -> absl::StatusOr<Found> {
    Found found;
    VisitPointsAfter(database, run_id, last, limit, [&](const StepReport& report) {
      found = {report.attempt, report.evaluation.step};
      visit(report);
    });
    return found;
  });
}

absl::StatusOr<std::optional<int64_t>> UpdateTable::ForEachSlice(
    const std::string& run_id, int64_t first, size_t readers, const std::atomic<bool>* is_stopped,
    const std::function<void(std::span<const ReportPoint>)>& visit) const {
  PointStream stream(file_, run_id, first, readers);
  std::optional<int64_t> last;
  for (;;) {
    if (is_stopped != nullptr && *is_stopped) return absl::CancelledError("the daemon ends");
    ASSIGN_OR_RETURN(const std::vector<ReportPoint> points, stream.Next());
    if (points.empty()) return last;
    visit(points);
    last = points.back().revision;
  }
}

absl::StatusOr<std::vector<StepReport>> UpdateTable::ReadReports(const std::string& run_id) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<StepReport>> {
    return SelectReports(database, {.run_id = run_id, .kind = ""});
  });
}

absl::StatusOr<std::vector<StepReport>> UpdateTable::ReadReportsOfSteps(const std::string& run_id,
                                                                        int64_t from,
                                                                        int64_t to) const {
  return file_.ReadAside(
      [&](DatabaseConnection& database) -> absl::StatusOr<std::vector<StepReport>> {
        return SelectReportsOfSteps(database, run_id, from, to);
      });
}

absl::StatusOr<std::optional<Joules>> UpdateTable::ReadEnergyAt(const std::string& run_id,
                                                                int64_t step) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::optional<Joules>> {
    Statement select(database,
                     "SELECT energy_joules FROM reports WHERE run_id = ?1 AND step = ?2 "
                     "AND attempt IN (SELECT attempt FROM attempts WHERE run_id = ?1) "
                     "ORDER BY attempt DESC LIMIT 1");
    Parameters(select) << run_id << step;
    std::optional<Joules> energy;
    if (select.executeStep()) Columns(select) >> energy;
    return energy;
  });
}

absl::StatusOr<std::vector<RunEvent>> UpdateTable::ReadEvents(const std::string& run_id,
                                                              const std::string& kind) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<RunEvent>> {
    return SelectEvents(database, {.run_id = run_id, .kind = kind});
  });
}

}  // namespace powerdown
