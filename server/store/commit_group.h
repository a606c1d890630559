// What the daemon records as it goes: rows are appended in memory, and committed together.
// Thread-safe.
//
// Revisions of reports and events are assigned at the commit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/energy/energy.h"
#include "common/run/run.h"
#include "server/store/access_rows.h"
#include "server/store/allowance_table.h"
#include "server/store/ledger_table.h"

namespace powerdown {

class DatabaseFile;

// What must be durable before a request is answered: a run's row, its events and the answer.
struct RunChange {
  Run run;
  bool is_new = false;  // insert the run and all that hangs on it; else its mutable fields
  std::optional<Attempt> attempt;  // inserted, or replaced
  std::vector<RunEvent> events;    // revisions are ignored
  std::string request_id;          // empty: no answer is remembered
  std::string method;
};

class CommitGroup {
 public:
  explicit CommitGroup(DatabaseFile& file) : file_(file) {}

  // Revisions are ignored. Rows of a run that is deleted by the time of the commit are left out,
  // and so is a report of a (run, attempt, step) that is there.
  void Append(StepReport report);
  void Append(RunEvent event);  // run_id empty: of no run
  // Inserts, or replaces the row with the same (device, consumer, start, boot id).
  void Append(LedgerInterval interval, const std::string& boot_id);
  void Append(CounterPosition position);  // replaces the device's
  void Append(UserUse use);               // replaces the consumer's of that day
  // Row and attempt of a run that goes on, in step with the reports and events around them.
  void Append(const Run& run, const Attempt& attempt);
  void Append(const std::string& run_id, Checkpoint checkpoint);
  void Append(AuditRow row);
  size_t waiting_rows() const;

  // Commits the waiting rows and returns the newest revision. On failure the rows stay waiting, in
  // order, and the call can be repeated: ResourceExhausted when the disk is full, Unavailable
  // when locked.
  absl::StatusOr<int64_t> Commit();
  // The same, and after it `change`, in one transaction: on failure the change is dropped, and
  // the waiting rows stay waiting.
  // A change writes a run's mutable fields: name, state, state_reason, asked_to_end, device,
  // hardware, steps, max_steps, accuracies, memorised_step, grok_step, stop, tags, started_at,
  // ended_at, notes, predictor.
  absl::StatusOr<int64_t> Commit(const RunChange& change);

 private:
  struct LedgerRow {
    LedgerInterval interval;
    std::string boot_id;
  };
  struct RunRow {
    Run run;  // without what hangs on it
    Attempt attempt;
  };
  struct CheckpointRow {
    std::string run_id;
    Checkpoint checkpoint;
  };
  using WaitingRow = std::variant<StepReport, RunEvent, LedgerRow, CounterPosition, UserUse, RunRow,
                                  CheckpointRow, AuditRow>;
  class RowWriter;

  void AppendRow(WaitingRow row);
  absl::StatusOr<int64_t> CommitWith(const RunChange* change);

  DatabaseFile& file_;
  // Taken in this order. waiting_mutex_ is never held while the disk is touched.
  absl::Mutex commit_mutex_;
  mutable absl::Mutex waiting_mutex_ ABSL_ACQUIRED_AFTER(commit_mutex_);
  std::vector<WaitingRow> group_ ABSL_GUARDED_BY(commit_mutex_);  // being committed, or to be again
  std::vector<WaitingRow> waiting_ ABSL_GUARDED_BY(waiting_mutex_);
  size_t waiting_rows_ ABSL_GUARDED_BY(waiting_mutex_) = 0;  // of group_ and waiting_
};

}  // namespace powerdown
