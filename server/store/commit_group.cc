#include "server/store/commit_group.h"

#include <iterator>
#include <utility>

#include "server/store/answer_table.h"
#include "server/store/database_file.h"
#include "server/store/run_rows.h"
#include "server/store/update_rows.h"

namespace powerdown {

// Writes rows of each kind within one transaction.
class CommitGroup::RowWriter {
 public:
  explicit RowWriter(DatabaseConnection& database) : database_(database), writer_(database) {}

  template <typename Row>
  void operator()(const Row& row) {
    writer_.Write(row);
  }
  void operator()(const LedgerRow& row) { writer_.Write(row.interval, row.boot_id); }
  void operator()(const std::unique_ptr<RunRow>& row) {
    if (UpdateRunRow(database_, row->run)) PutAttemptRow(database_, row->run.run_id, row->attempt);
  }
  void operator()(const CheckpointRow& row) {
    if (HasRunRow(database_, row.run_id)) {
      InsertCheckpointRow(database_, row.run_id, row.checkpoint);
    }
  }
  void operator()(const RunChange& change) {
    const std::string& run_id = change.run.run_id;
    if (change.is_new) {
      InsertRunRow(database_, change.run);
    } else {
      UpdateRunRow(database_, change.run);
    }
    if (change.attempt) PutAttemptRow(database_, run_id, *change.attempt);
    for (const RunEvent& event : change.events) writer_.Write(event);
    if (!change.request_id.empty()) {
      InsertAnswer(database_, change.request_id, change.method, run_id);
    }
  }
  int64_t Finish() { return writer_.Finish(); }

 private:
  DatabaseConnection& database_;
  GroupWriter writer_;
};

void CommitGroup::Append(StepReport report) {
  AppendRow(std::move(report));
}

void CommitGroup::Append(RunEvent event) {
  AppendRow(std::move(event));
}

void CommitGroup::Append(LedgerInterval interval, const std::string& boot_id) {
  AppendRow(LedgerRow{std::move(interval), boot_id});
}

void CommitGroup::Append(CounterPosition position) {
  AppendRow(std::move(position));
}

void CommitGroup::Append(UserUse use) {
  AppendRow(std::move(use));
}

void CommitGroup::Append(const Run& run, const Attempt& attempt) {
  auto row = std::make_unique<RunRow>(RunRow{run, attempt});
  row->run.attempts.clear();
  row->run.checkpoints.clear();
  AppendRow(std::move(row));
}

void CommitGroup::Append(const std::string& run_id, Checkpoint checkpoint) {
  AppendRow(CheckpointRow{run_id, std::move(checkpoint)});
}

void CommitGroup::Append(AuditRow row) {
  AppendRow(std::move(row));
}

void CommitGroup::AppendRow(WaitingRow row) {
  absl::MutexLock lock(&waiting_mutex_);
  waiting_.push_back(std::move(row));
  ++waiting_rows_;
}

size_t CommitGroup::waiting_rows() const {
  absl::MutexLock lock(&waiting_mutex_);
  return waiting_rows_;
}

absl::StatusOr<int64_t> CommitGroup::Commit() {
  return CommitWith(nullptr);
}

absl::StatusOr<int64_t> CommitGroup::Commit(const RunChange& change) {
  return CommitWith(&change);
}

absl::StatusOr<int64_t> CommitGroup::CommitWith(const RunChange* change) {
  absl::MutexLock lock(&commit_mutex_);
  {
    absl::MutexLock waiting_lock(&waiting_mutex_);
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(group_));
    waiting_.clear();
  }
  if (group_.empty() && change == nullptr) {
    return file_.ReadFromWriter([](DatabaseConnection& database) -> absl::StatusOr<int64_t> {
      return LastRevision(database);
    });
  }
  auto newest = file_.Write([&](DatabaseConnection& database) -> absl::StatusOr<int64_t> {
    commit_mutex_.AssertHeld();
    RowWriter writer(database);
    for (const WaitingRow& row : group_) std::visit(writer, row);
    if (change != nullptr) writer(*change);
    return writer.Finish();
  });
  if (!newest.ok()) return newest;
  absl::MutexLock waiting_lock(&waiting_mutex_);
  waiting_rows_ -= group_.size();
  group_.clear();
  return newest;
}

}  // namespace powerdown
