// Everything that outlives the daemon, in one SQLite file: runs, attempts, reports, events,
// checkpoints, energy ledger, comparisons, answers to mutations.
//
// Thread-safe. Reads use a connection of their own, so that they do not wait for a commit, and
// Append only touches memory. An error names the file and what to do about it.
// Revision is one increasing key over reports and events of all runs, assigned at commit; rows are
// visible to readers only once they are durable (WAL, synchronous=FULL).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/energy.h"
#include "common/run.h"

namespace SQLite {
class Database;
}

namespace powerdown {

struct StoreOptions {
  std::string path;       // ":memory:" for tests
  int64_t max_pages = 0;  // PRAGMA max_page_count, to test a full disk; 0: SQLite's own
  // How long a call waits for another process that has the file locked; then it is Unavailable.
  absl::Duration busy_timeout = absl::Seconds(2);
};

// What ListRuns selects. Newest first, by (created_at, run_id).
struct RunFilter {
  std::optional<RunState> state;
  std::string owner;          // empty: all
  std::string tag;            // empty: all
  std::string before_run_id;  // page on: runs older than this one; empty: from the newest
  int64_t limit = 50;
};

// What a comparison keeps beside its runs; the rest of Comparison is computed from them.
struct ComparisonRow {
  std::string comparison_id;
  ComparisonMode mode = ComparisonMode::kShared;
  std::string owner;
  RunSpec spec;
  std::string budget_policy;
  int64_t budget_max_steps = 0;
  std::optional<double> grok_multiple;
  std::string budget_source;
  std::string usual_run_id;
  std::string stopped_run_id;  // equals usual_run_id when shared
  absl::Time created_at;
};

struct StoredBaseline {
  std::string device;
  Watts power;
  Watts low;
  Watts high;
  absl::Time measured_at;
  std::string boot_id;
};

class Store {
 public:
  // Opens, creating and migrating as needed. FailedPrecondition if a newer daemon wrote the file;
  // PermissionDenied if it cannot be written; DataLoss if it is damaged. Messages name the path.
  static absl::StatusOr<std::unique_ptr<Store>> Open(StoreOptions options);
  ~Store();

  // --- Runs: each call commits before it returns; ResourceExhausted when the disk is full. ---

  // Inserts a run with its tags, attempts and checkpoints, and remembers its id under request_id
  // (empty: does not). If that request_id was answered before, nothing is inserted and the first
  // answer's run id is returned.
  absl::StatusOr<std::string> InsertRun(const Run& run, const std::string& request_id);
  // Writes the mutable fields: name, state, state_reason, device, hardware, steps, max_steps,
  // accuracies, memorised_step, grok_step, stop, tags, started_at, ended_at.
  absl::Status UpdateRun(const Run& run);
  // And all that belongs to it, comparisons too; but not its ledger. NotFound.
  absl::Status DeleteRun(const std::string& run_id);
  // With attempts and checkpoints; without energy, co2 and cost. NotFound.
  absl::StatusOr<Run> GetRun(const std::string& run_id) const;
  absl::StatusOr<std::vector<Run>> ListRuns(const RunFilter& filter) const;  // without reports
  absl::StatusOr<std::vector<Run>> ListRunsInState(RunState state) const;    // oldest first
  // The one id that starts with `prefix`. NotFound, or InvalidArgument naming two candidates.
  absl::StatusOr<std::string> ResolveRunId(const std::string& prefix) const;
  absl::Status InsertAttempt(const std::string& run_id, const Attempt& attempt);
  absl::Status UpdateAttempt(const std::string& run_id, const Attempt& attempt);
  absl::Status InsertCheckpoint(const std::string& run_id, const Checkpoint& checkpoint);
  // Idempotency for the other mutations: the answer stored under (request_id, method), if any.
  absl::StatusOr<std::optional<std::string>> FindAnswer(const std::string& request_id,
                                                        const std::string& method) const;
  absl::Status PutAnswer(const std::string& request_id, const std::string& method,
                         const std::string& answer);

  // --- Reports, events and ledger: appended to a group, durable and visible after Commit. ---

  // Revisions are ignored. What belongs to a run that is deleted by the time of the commit is left
  // out, and so is a report of a (run, attempt, step) that is there.
  void Append(StepReport report);
  void Append(RunEvent event);  // run_id empty: of no run
  // Inserts, or replaces the row with the same (device, consumer, start, boot id).
  void Append(LedgerInterval interval, const std::string& boot_id);
  size_t waiting_rows() const;
  // Commits what waits and returns the newest revision. On failure the rows stay waiting, in order,
  // and the call can be repeated: ResourceExhausted when the disk is full, Unavailable when locked.
  absl::StatusOr<int64_t> Commit();

  absl::StatusOr<int64_t> NewestRevision() const;
  // Updates of one run (all runs if empty) with revision ≥ start, ascending, at most `limit`.
  absl::StatusOr<std::vector<RunUpdate>> ReadUpdates(const std::string& run_id,
                                                     int64_t start_revision, int64_t limit) const;
  // Reports of a run with from ≤ step ≤ to, of all attempts, ascending by revision.
  absl::StatusOr<std::vector<StepReport>> ReadReportsOfSteps(const std::string& run_id,
                                                             int64_t from, int64_t to) const;
  // Ascending by revision. `kind` empty: events of all kinds.
  absl::StatusOr<std::vector<StepReport>> ReadReports(const std::string& run_id) const;
  absl::StatusOr<std::vector<RunEvent>> ReadEvents(const std::string& run_id,
                                                   const std::string& kind) const;
  // By consumer, exact or by a prefix that ends in '/' ("run/<id>/"), ascending by start.
  absl::StatusOr<std::vector<LedgerInterval>> ReadLedger(const std::string& consumer_prefix) const;

  // --- Comparisons and baselines ---
  absl::StatusOr<std::string> InsertComparison(const ComparisonRow& row,
                                               const std::string& request_id);
  absl::StatusOr<ComparisonRow> GetComparison(const std::string& comparison_id) const;
  absl::StatusOr<std::vector<ComparisonRow>> ListComparisons(int64_t limit) const;
  absl::StatusOr<std::string> ResolveComparisonId(const std::string& prefix) const;
  // Grok steps of finished or stopped runs of a family, one a distinct spec, without `but_hash`.
  absl::StatusOr<std::vector<int64_t>> GrokStepsOfFamily(const std::string& family,
                                                         const std::string& but_hash) const;
  absl::Status PutBaseline(const StoredBaseline& baseline);
  absl::StatusOr<std::optional<StoredBaseline>> FindBaseline(const std::string& device) const;

 private:
  struct LedgerRow {
    LedgerInterval interval;
    std::string boot_id;
  };
  using WaitingRow = std::variant<StepReport, RunEvent, LedgerRow>;

  explicit Store(StoreOptions options);
  absl::Status Connect();

  // Run `body` on a connection, Write in a transaction that commits if the body's status is ok; the
  // body returns a Status or StatusOr. Defined in server/store/access.h.
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> Read(Body body) const;
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> Write(Body body);
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> WriteLocked(Body body)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  void AppendRow(WaitingRow row);
  static int64_t WriteGroup(SQLite::Database& database, const std::vector<WaitingRow>& group);

  const StoreOptions options_;
  // Taken in this order. waiting_mutex_ is never held while the disk is touched.
  mutable absl::Mutex write_mutex_;
  mutable absl::Mutex waiting_mutex_ ABSL_ACQUIRED_AFTER(write_mutex_);
  mutable absl::Mutex read_mutex_;
  std::unique_ptr<SQLite::Database> writer_ ABSL_GUARDED_BY(write_mutex_);
  // Null for ":memory:", where the writer also reads.
  std::unique_ptr<SQLite::Database> reader_ ABSL_GUARDED_BY(read_mutex_);
  std::vector<WaitingRow> group_ ABSL_GUARDED_BY(write_mutex_);  // being committed, or to be again
  std::vector<WaitingRow> waiting_ ABSL_GUARDED_BY(waiting_mutex_);
  size_t waiting_rows_ ABSL_GUARDED_BY(waiting_mutex_) = 0;  // of group_ and waiting_
};

}  // namespace powerdown
