// Everything that outlives the daemon, in one SQLite file: opens and migrates it, and hands out a
// class for each group of tables.
//
// Thread-safe, as each of those classes is. Reads use a connection of their own, so that they do
// not wait for a commit. A call that changes something commits before it returns, but for
// CommitGroup::Append, which only touches memory. Rows are visible to readers only once they are
// durable (WAL, synchronous=FULL). An error names the file and what to do about it:
// ResourceExhausted when the disk is full, Unavailable when another process has the file locked.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "server/store/allowance_table.h"
#include "server/store/answer_table.h"
#include "server/store/audit_table.h"
#include "server/store/commit_group.h"
#include "server/store/comparison_table.h"
#include "server/store/counter_table.h"
#include "server/store/ledger_table.h"
#include "server/store/meter_table.h"
#include "server/store/run_table.h"
#include "server/store/series_table.h"
#include "server/store/store_options.h"
#include "server/store/summary_table.h"
#include "server/store/update_table.h"
#include "server/store/user_table.h"

namespace powerdown {

class Store {
 public:
  // Opens, creating and migrating as needed. FailedPrecondition if a newer daemon wrote the file;
  // PermissionDenied if it cannot be written; DataLoss if it is damaged. Messages name the path.
  static absl::StatusOr<std::unique_ptr<Store>> Open(StoreOptions options);
  ~Store();

  // Writes all that is stored into a file that is not there yet, also when the database's own file
  // has been deleted. AlreadyExists.
  absl::Status CopyTo(const std::string& path);

  // What the daemon records as it goes: appended, then committed together.
  CommitGroup& group() { return group_; }

  RunTable& runs() { return runs_; }
  SeriesTable& series() { return series_; }
  SummaryTable& summaries() { return summaries_; }
  UpdateTable& updates() { return updates_; }
  LedgerTable& ledger() { return ledger_; }
  ComparisonTable& comparisons() { return comparisons_; }
  MeterTable& meters() { return meters_; }
  UserTable& users() { return users_; }
  AuditTable& audit() { return audit_; }
  AllowanceTable& allowances() { return allowances_; }
  AnswerTable& answers() { return answers_; }
  CounterTable& counters() { return counters_; }

 private:
  explicit Store(std::unique_ptr<DatabaseFile> file);

  const std::unique_ptr<DatabaseFile> file_;
  CommitGroup group_{*file_};
  RunTable runs_{*file_};
  SeriesTable series_{*file_};
  SummaryTable summaries_{*file_};
  UpdateTable updates_{*file_};
  LedgerTable ledger_{*file_};
  ComparisonTable comparisons_{*file_};
  MeterTable meters_{*file_};
  UserTable users_{*file_};
  AuditTable audit_{*file_};
  AllowanceTable allowances_{*file_};
  AnswerTable answers_{*file_};
  CounterTable counters_{*file_};
};

}  // namespace powerdown
