// Runs with their tags, attempts and checkpoints. Runs are inserted and changed by
// CommitGroup::Commit, or imported whole. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/run/run.h"
#include "server/store/access_rows.h"
#include "server/store/incoming_runs.h"
#include "server/store/queued_run.h"

namespace powerdown {

class DatabaseFile;

// A run of whose row, or of what hangs on it, something cannot be read.
struct DamagedRun {
  std::string run_id;
  std::string problem;
};

// What RunTable::List selects. Newest first, by (created_at, run_id).
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

// The method under which the ids of an import are remembered, joined by commas.
inline constexpr char kImportRuns[] = "ImportRuns";
inline constexpr char kDeleteRun[] = "delete";

class RunTable {
 public:
  explicit RunTable(DatabaseFile& file) : file_(file) {}

  // With attempts and checkpoints; without energy, co2 and cost. NotFound.
  absl::StatusOr<Run> Get(const std::string& run_id) const;
  absl::StatusOr<RunState> GetState(const std::string& run_id) const;  // NotFound
  absl::StatusOr<bool> Has(const std::string& run_id) const;
  absl::StatusOr<std::vector<Run>> List(const RunFilter& filter) const;  // without reports
  absl::StatusOr<std::vector<Run>> ListInState(RunState state) const;    // oldest first
  absl::StatusOr<std::vector<QueuedRun>> ListQueued() const;             // oldest first
  // Whether FindDamaged tells of the run.
  absl::StatusOr<bool> IsDamaged(const std::string& run_id) const;
  // Looks through all runs, a few at a time. At most about a hundred are returned.
  absl::StatusOr<std::vector<DamagedRun>> FindDamaged() const;
  absl::StatusOr<int64_t> Count(RunState state, const std::string& owner = "") const;  // empty: all
  absl::StatusOr<int64_t> CountOf(const std::string& owner) const;  // imported ones too
  // The one id that starts with `prefix`. NotFound, or InvalidArgument naming two candidates.
  absl::StatusOr<std::string> ResolveId(const std::string& prefix) const;
  // Owner and privacy of the run whose id starts with `prefix`, among those that `visible_to` may
  // see, as in RunFilter. Fails as ResolveId does.
  absl::StatusOr<Ownership> FindOwnership(const std::string& prefix,
                                          const std::string& visible_to = "") const;
  // Grok steps of finished or stopped runs of a family, one for each distinct spec, without the
  // spec `but_hash`.
  absl::StatusOr<std::vector<int64_t>> GrokStepsOfFamily(const std::string& family,
                                                         const std::string& but_hash) const;

  // Inserts whole runs with their reports, events and ledger, all or none, in the order given.
  // AlreadyExists names a run that is there; Aborted: an import of this request was answered. Long
  // ones are written in pieces, between which others commit; nobody sees a run before the last.
  absl::Status Import(const std::vector<IncomingRun>& runs, const NextUpdate& next,
                      const std::string& request_id);
  // Deletes the run and all that belongs to it, comparisons too; its ledger stays. NotFound.
  // Remembers the run's id as the answer to (request_id, "delete"), unless request_id is empty.
  absl::Status Delete(const std::string& run_id, const std::string& request_id = "");
  // Call it before the first import: what the last daemon did not bring to its end is not wanted.
  absl::Status DisownIncoming();
  // Deletes a piece of what is left of a long run that was deleted, or of an import that failed.
  // False: there is none.
  absl::StatusOr<bool> DeleteSomeGone();

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
