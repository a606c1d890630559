// Reports and events: collected, committed as a group, read by revision.
#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "server/store/access.h"
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

void Store::Append(StepReport report) {
  AppendRow(std::move(report));
}

void Store::Append(RunEvent event) {
  AppendRow(std::move(event));
}

void Store::Append(LedgerInterval interval, const std::string& boot_id) {
  AppendRow(LedgerRow{std::move(interval), boot_id});
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

absl::StatusOr<int64_t> Store::Commit() {
  absl::MutexLock lock(&write_mutex_);
  {
    absl::MutexLock waiting_lock(&waiting_mutex_);
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(group_));
    waiting_.clear();
  }
  if (group_.empty()) {
    SQLite::Database& database = *writer_;
    return StopExceptions(options_.path, &database,
                          [&]() -> absl::StatusOr<int64_t> { return LastRevision(database); });
  }
  auto newest = WriteLocked([this](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    write_mutex_.AssertHeld();
    return WriteGroup(database, group_);
  });
  if (!newest.ok()) return newest;
  absl::MutexLock waiting_lock(&waiting_mutex_);
  waiting_rows_ -= group_.size();
  group_.clear();
  return newest;
}

int64_t Store::WriteGroup(SQLite::Database& database, const std::vector<WaitingRow>& group) {
  GroupWriter writer(database);
  for (const WaitingRow& row : group) {
    if (const auto* report = std::get_if<StepReport>(&row)) {
      writer.Write(*report);
    } else if (const auto* event = std::get_if<RunEvent>(&row)) {
      writer.Write(*event);
    } else {
      const LedgerRow& booked = std::get<LedgerRow>(row);
      writer.Write(booked.interval, booked.boot_id);
    }
  }
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
