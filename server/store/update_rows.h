// Reports, events, ledger intervals and audit entries as rows. For one thread at a time, within a
// transaction; throws SQLite::Exception.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/energy/energy.h"
#include "common/run/run.h"
#include "server/store/access_rows.h"
#include "server/store/allowance_table.h"
#include "server/store/database_connection.h"
#include "server/store/ledger_table.h"
#include "server/store/statements.h"

namespace powerdown {

// Times of a ledger count from a boot; those of an import are of no boot that was ever here.
inline constexpr char kNoBoot[] = "imported";

int64_t LastRevision(DatabaseConnection& database);

// Writes one group, giving each report and event the next revision.
class GroupWriter {
 public:
  explicit GroupWriter(DatabaseConnection& database);
  void Write(const StepReport& report);
  void Write(const RunEvent& event);
  void Write(const AuditRow& row);
  void Write(const LedgerInterval& interval, const std::string& boot_id);
  void Write(const CounterPosition& position);
  void Write(const UserUse& use);
  int64_t Finish();  // the newest revision

 private:
  bool HasRun(const std::string& run_id);

  DatabaseConnection& database_;
  std::set<std::string> known_runs_;
  Statement report_;
  Statement event_;
  Statement interval_;
  Statement position_;
  Statement use_;
  Statement audit_;
  Statement forget_audit_;
  int64_t revision_;
};

struct UpdateRange {
  std::string run_id;  // empty: all
  std::string kind;    // of events; empty: all
  int64_t start_revision = 0;
  int64_t limit = -1;  // negative: none
};
// Ascending by revision.
std::vector<StepReport> SelectReports(DatabaseConnection& database, const UpdateRange& range);
std::vector<StepReport> SelectReportsOfSteps(DatabaseConnection& database,
                                             const std::string& run_id, int64_t from, int64_t to);
std::vector<RunEvent> SelectEvents(DatabaseConnection& database, const UpdateRange& range);

}  // namespace powerdown
