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
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/energy/allowance.h"
#include "common/energy/energy.h"
#include "common/run/run.h"
#include "common/run/run_bundle.h"
#include "server/store/access_rows.h"

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
  std::string owner;             // empty: all
  std::string visible_to;        // without other users' private runs; empty: all
  std::string tag;               // empty: all
  bool has_all_origins = false;  // recorded and imported ones too
  std::vector<std::pair<std::string, std::string>> spec;  // field of the spec = text
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

// What a plug meter showed beside what a device's sensor said.
struct CalibrationLevel {
  std::string device;
  Watts sensor;
  Watts plug;
  absl::Time measured_at;
};

// Where a device's counter stood after the ledger rows of the same commit.
struct CounterPosition {
  std::string device;
  std::string position;    // the meter's own words
  absl::Duration read_at;  // monotonic
  std::string boot_id;
};

// What an attempt of a user's run has drawn on one day of UTC, gross.
struct UserUse {
  std::string user;
  std::string consumer;
  absl::CivilDay day;
  Joules energy;
};
struct UserDay {
  std::string user;
  absl::CivilDay day;
  Joules energy;  // of all the user's attempts
};
struct UserAllowance {
  std::string user;
  Allowance allowance;
};

// What a client is told of at once: a run's row, its events and the answer to the request.
struct RunChange {
  Run run;
  bool is_new = false;             // insert the run, with its tags; else its mutable fields
  std::optional<Attempt> attempt;  // inserted, or replaced
  std::vector<RunEvent> events;    // revisions are ignored
  std::string request_id;          // empty: no answer is remembered
  std::string method;
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
  // accuracies, memorised_step, grok_step, stop, tags, started_at, ended_at, notes, predictor.
  absl::Status UpdateRun(const Run& run);
  // And all that belongs to it, comparisons too; but not its ledger. NotFound. Remembers the
  // run's id as the answer to (request_id, "delete"), unless request_id is empty.
  absl::Status DeleteRun(const std::string& run_id, const std::string& request_id = "");
  // With attempts and checkpoints; without energy, co2 and cost. NotFound.
  absl::StatusOr<Run> GetRun(const std::string& run_id) const;
  absl::StatusOr<std::vector<Run>> ListRuns(const RunFilter& filter) const;  // without reports
  absl::StatusOr<std::vector<Run>> ListRunsInState(RunState state) const;    // oldest first
  absl::StatusOr<int64_t> CountRuns(RunState state, const std::string& owner) const;
  // The one id that starts with `prefix`. NotFound, or InvalidArgument naming two candidates.
  absl::StatusOr<std::string> ResolveRunId(const std::string& prefix) const;
  // Inserts whole runs, all or none, in the order given. AlreadyExists names a run that is there.
  absl::Status ImportRuns(const std::vector<RunBundle>& bundles, const std::string& request_id);
  absl::StatusOr<bool> HasRun(const std::string& run_id) const;
  absl::Status InsertAttempt(const std::string& run_id, const Attempt& attempt);
  absl::Status UpdateAttempt(const std::string& run_id, const Attempt& attempt);
  absl::Status InsertCheckpoint(const std::string& run_id, const Checkpoint& checkpoint);
  // Idempotency for the other mutations: the answer stored under (request_id, method), if any.
  absl::StatusOr<std::optional<std::string>> FindAnswer(const std::string& request_id,
                                                        const std::string& method) const;
  absl::Status PutAnswer(const std::string& request_id, const std::string& method,
                         const std::string& answer);

  // --- Reports, events and ledger: appended to a group, durable and visible after Commit. ---

  // Revisions are ignored. What belongs to a run that is deleted by the time of the commit is
  // left out, and so is a report of a (run, attempt, step) that is there.
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
  // Commits what waits and returns the newest revision. On failure the rows stay waiting, in
  // order, and the call can be repeated: ResourceExhausted when the disk is full, Unavailable
  // when locked.
  absl::StatusOr<int64_t> Commit();
  // The same, and after it `change`, in one transaction: on failure the change is dropped, and
  // what waited waits on.
  absl::StatusOr<int64_t> Commit(const RunChange& change);

  absl::StatusOr<int64_t> NewestRevision() const;
  // Numbers by name that outlive the daemon.
  absl::StatusOr<std::optional<int64_t>> FindCounter(const std::string& name) const;
  absl::Status PutCounter(const std::string& name, int64_t value);
  // Updates of one run (all runs if empty) with revision ≥ start, ascending, at most `limit`.
  absl::StatusOr<std::vector<RunUpdate>> ReadUpdates(const std::string& run_id,
                                                     int64_t start_revision, int64_t limit) const;
  // The runs that updates of first ≤ revision ≤ last belong to ('' for none), each with the last of
  // its revisions there, ascending by that; at most `limit`.
  struct ChangedRun {
    std::string run_id;
    int64_t revision = 0;
  };
  absl::StatusOr<std::vector<ChangedRun>> ReadChangedRuns(int64_t first, int64_t last,
                                                          int64_t limit) const;
  // Reports of a run with from ≤ step ≤ to, of all attempts, ascending by revision.
  absl::StatusOr<std::vector<StepReport>> ReadReportsOfSteps(const std::string& run_id,
                                                             int64_t from, int64_t to) const;
  // Ascending by revision. `kind` empty: events of all kinds.
  absl::StatusOr<std::vector<StepReport>> ReadReports(const std::string& run_id) const;
  absl::StatusOr<std::vector<RunEvent>> ReadEvents(const std::string& run_id,
                                                   const std::string& kind) const;
  // By consumer, exact or by a prefix that ends in '/' ("run/<id>/"), ascending by start.
  absl::StatusOr<std::vector<LedgerInterval>> ReadLedger(const std::string& consumer_prefix) const;
  // For each consumer prefix, its ledger with one interval a consumer, device and source: as long
  // as all of those together, and adding up to the same figure.
  absl::StatusOr<std::vector<std::vector<LedgerInterval>>> ReadLedgerTotals(
      const std::vector<std::string>& consumer_prefixes) const;

  // All that this box booked, one interval a kind of consumer ("run/", "quiz/", "unattributed"),
  // device and source, with and without net; runs from elsewhere are not in it.
  absl::StatusOr<std::vector<LedgerInterval>> ReadBoxTotals() const;

  // Of this boot.
  absl::StatusOr<std::vector<CounterPosition>> ReadCounters(const std::string& boot_id) const;

  // --- Comparisons and baselines ---
  absl::StatusOr<std::string> InsertComparison(const ComparisonRow& row,
                                               const std::string& request_id);
  absl::StatusOr<ComparisonRow> GetComparison(const std::string& comparison_id) const;
  // `visible_to` as in RunFilter.
  absl::StatusOr<std::vector<ComparisonRow>> ListComparisons(
      int64_t limit, const std::string& visible_to = "") const;
  absl::StatusOr<std::string> ResolveComparisonId(const std::string& prefix) const;
  // Grok steps of finished or stopped runs of a family, one a distinct spec, without `but_hash`.
  absl::StatusOr<std::vector<int64_t>> GrokStepsOfFamily(const std::string& family,
                                                         const std::string& but_hash) const;
  absl::Status PutCalibrationLevel(const CalibrationLevel& level);
  absl::StatusOr<std::vector<CalibrationLevel>> ReadCalibrationLevels(
      const std::string& device) const;  // oldest first
  absl::Status ForgetCalibration(const std::string& device);

  // --- Users; each call commits before it returns. ---
  absl::Status PutUser(const UserRow& user);  // inserts it, or changes its role
  // And its tokens and pairings; its runs stay. NotFound.
  absl::Status DeleteUser(const std::string& name);
  absl::StatusOr<std::vector<UserRow>> ListUsers() const;
  absl::Status PutToken(const TokenRow& token);  // inserts it, or changes its last two times
  absl::StatusOr<std::vector<TokenRow>> ListTokens() const;
  absl::Status PutPairing(const PairingRow& pairing, absl::Time now);
  // Spends the code, once, and inserts `token` for its user, whose name is returned. NotFound for a
  // code that is not known, spent or expired.
  absl::StatusOr<std::string> SpendPairing(const std::string& code_sha256, absl::Time now,
                                           TokenRow token);
  // Newest first, from before `before_entry`; 0: from the newest.
  absl::StatusOr<std::vector<AuditRow>> ListAudit(int64_t before_entry, int64_t limit) const;
  // Of the "run" or "comparison" whose id starts with `prefix`. Fails as ResolveRunId does.
  absl::StatusOr<Ownership> FindOwnership(const std::string& noun, const std::string& prefix) const;

  absl::Status PutAllowance(const std::string& user, const Allowance& allowance);
  absl::Status DeleteAllowance(const std::string& user, Period period);  // ok if there is none
  absl::StatusOr<std::vector<UserAllowance>> ListAllowances() const;
  absl::StatusOr<std::vector<UserDay>> ReadUserDays(absl::CivilDay first) const;

  absl::Status PutBaseline(const StoredBaseline& baseline);
  absl::StatusOr<std::optional<StoredBaseline>> FindBaseline(const std::string& device) const;

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

  explicit Store(StoreOptions options);
  absl::Status Connect();

  // Run `body` on a connection, Write in a transaction that commits if the body's status is ok;
  // the body returns a Status or StatusOr. Defined in server/store/access.h.
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> Read(Body body) const;
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> Write(Body body);
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> WriteLocked(Body body)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  void AppendRow(WaitingRow row);
  absl::StatusOr<int64_t> CommitGroup(const RunChange* change);
  static int64_t WriteGroup(SQLite::Database& database, const std::vector<WaitingRow>& group,
                            const RunChange* change);

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
