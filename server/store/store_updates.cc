// Reports and events: collected, committed as a group, read by revision.
#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "server/store/access.h"
#include "server/store/run_rows.h"
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

void WriteChange(SQLite::Database& database, const RunChange& change, GroupWriter& writer) {
  const std::string& run_id = change.run.run_id;
  if (change.is_new) {
    InsertRunRow(database, change.run);
  } else {
    UpdateRunRow(database, change.run);
  }
  if (change.attempt) PutAttemptRow(database, run_id, *change.attempt);
  for (const RunEvent& event : change.events) writer.Write(event);
  if (!change.request_id.empty()) InsertAnswer(database, change.request_id, change.method, run_id);
}

}  // namespace

void Store::Append(StepReport report) {
  AppendRow(std::move(report));
}

void Store::Append(RunEvent event) {
  AppendRow(std::move(event));
}

void Store::Append(LedgerInterval interval, const std::string& boot_id) {
  AppendRow(LedgerRow{std::move(interval), boot_id});
}

void Store::Append(CounterPosition position) {
  AppendRow(std::move(position));
}

void Store::Append(UserUse use) {
  AppendRow(std::move(use));
}

void Store::AppendRow(WaitingRow row) {
  absl::MutexLock lock(&waiting_mutex_);
  waiting_.push_back(std::move(row));
  ++waiting_rows_;
}

size_t Store::waiting_rows() const {
  absl::MutexLock lock(&waiting_mutex_);
  return waiting_rows_;
}

void Store::Append(const Run& run, const Attempt& attempt) {
  RunRow row{run, attempt};
  row.run.attempts.clear();
  row.run.checkpoints.clear();
  AppendRow(std::move(row));
}

void Store::Append(const std::string& run_id, Checkpoint checkpoint) {
  AppendRow(CheckpointRow{run_id, std::move(checkpoint)});
}

void Store::Append(AuditRow row) {
  AppendRow(std::move(row));
}

absl::StatusOr<int64_t> Store::Commit() {
  return CommitGroup(nullptr);
}

absl::StatusOr<int64_t> Store::Commit(const RunChange& change) {
  return CommitGroup(&change);
}

absl::StatusOr<int64_t> Store::CommitGroup(const RunChange* change) {
  absl::MutexLock lock(&write_mutex_);
  {
    absl::MutexLock waiting_lock(&waiting_mutex_);
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(group_));
    waiting_.clear();
  }
  if (group_.empty() && change == nullptr) {
    SQLite::Database& database = *writer_;
    return StopExceptions(options_.path, &database,
                          [&]() -> absl::StatusOr<int64_t> { return LastRevision(database); });
  }
  auto newest = WriteLocked([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    write_mutex_.AssertHeld();
    return WriteGroup(database, group_, change);
  });
  if (!newest.ok()) return newest;
  absl::MutexLock waiting_lock(&waiting_mutex_);
  waiting_rows_ -= group_.size();
  group_.clear();
  return newest;
}

int64_t Store::WriteGroup(SQLite::Database& database, const std::vector<WaitingRow>& group,
                          const RunChange* change) {
  GroupWriter writer(database);
  for (const WaitingRow& row : group) {
    if (const auto* report = std::get_if<StepReport>(&row)) {
      writer.Write(*report);
    } else if (const auto* event = std::get_if<RunEvent>(&row)) {
      writer.Write(*event);
    } else if (const auto* booked = std::get_if<LedgerRow>(&row)) {
      writer.Write(booked->interval, booked->boot_id);
    } else if (const auto* going_on = std::get_if<RunRow>(&row)) {
      if (UpdateRunRow(database, going_on->run)) {
        PutAttemptRow(database, going_on->run.run_id, going_on->attempt);
      }
    } else if (const auto* written = std::get_if<CheckpointRow>(&row)) {
      if (HasRunRow(database, written->run_id)) {
        InsertCheckpointRow(database, written->run_id, written->checkpoint);
      }
    } else if (const auto* use = std::get_if<UserUse>(&row)) {
      writer.Write(*use);
    } else if (const auto* audit = std::get_if<AuditRow>(&row)) {
      writer.Write(*audit);
    } else {
      writer.Write(std::get<CounterPosition>(row));
    }
  }
  if (change != nullptr) WriteChange(database, *change, writer);
  return writer.Finish();
}

absl::StatusOr<int64_t> Store::NewestRevision() const {
  return Read(
      [](SQLite::Database& database) -> absl::StatusOr<int64_t> { return LastRevision(database); });
}

absl::StatusOr<std::vector<RunUpdate>> Store::ReadUpdates(const std::string& run_id,
                                                          int64_t start_revision,
                                                          int64_t limit) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<RunUpdate>> {
    // One transaction: a commit between the two reads would put later rows before earlier ones.
    SQLite::Transaction moment(database);
    const UpdateRange range{run_id, "", start_revision, limit};
    return MergeByRevision(SelectReports(database, range), SelectEvents(database, range), limit);
  });
}

absl::StatusOr<std::vector<Store::ChangedRun>> Store::ReadChangedRuns(int64_t first, int64_t last,
                                                                      int64_t limit) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<ChangedRun>> {
    SQLite::Statement select(
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

absl::StatusOr<std::vector<StepReport>> Store::ReadReports(const std::string& run_id) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<StepReport>> {
    return SelectReports(database, {.run_id = run_id, .kind = ""});
  });
}

absl::StatusOr<std::vector<StepReport>> Store::ReadReportsOfSteps(const std::string& run_id,
                                                                  int64_t from, int64_t to) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<StepReport>> {
    return SelectReportsOfSteps(database, run_id, from, to);
  });
}

absl::StatusOr<std::vector<RunEvent>> Store::ReadEvents(const std::string& run_id,
                                                        const std::string& kind) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<RunEvent>> {
    return SelectEvents(database, {.run_id = run_id, .kind = kind});
  });
}

}  // namespace powerdown
