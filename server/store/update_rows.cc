#include "server/store/update_rows.h"

#include <cstring>

#include "server/store/audit_table.h"
#include "server/store/field_rows.h"
#include "server/store/run_rows.h"

namespace powerdown {

// The values as they are in memory, little-endian: a row's schema says what they mean.
void BindFeatures(Parameters& parameters, const FeatureValues& features) {
  if (features.empty()) {
    parameters << std::optional<int64_t>() << std::optional<int64_t>();
    return;
  }
  parameters << int64_t{kFeatureSchema}
             << Bytes{{reinterpret_cast<const char*>(features.data()),
                       features.size() * sizeof(double)}};
}

// None of another schema: nobody here knows what its values mean.
void ReadFeatures(Columns& columns, FeatureValues& features) {
  std::optional<int64_t> schema;
  columns >> schema;
  const std::string packed = columns.TakeBytes();
  features.clear();
  if (schema != kFeatureSchema || packed.size() != Features().size() * sizeof(double)) return;
  features.resize(Features().size());
  std::memcpy(features.data(), packed.data(), packed.size());
}

int64_t LastRevision(DatabaseConnection& database) {
  Statement select(database, "SELECT value FROM counters WHERE name = 'revision'");
  select.executeStep();
  return select.getColumn(0).getInt64();
}

GroupWriter::GroupWriter(DatabaseConnection& database)
    : database_(database),
      report_(database, Concat("INSERT INTO reports (", ColumnList<StepReport>(), ") VALUES (",
                               Placeholders(ColumnsOf<StepReport>().size()),
                               ") ON CONFLICT (run_id, attempt, step) DO NOTHING")),
      event_(database, Concat("INSERT INTO events (", ColumnList<RunEvent>(),
                              ") VALUES (?1, nullif(?2, ''), ",
                              Placeholders(ColumnsOf<RunEvent>().size() - 2), ")")),
      interval_(database, Concat("INSERT OR REPLACE INTO ledger (", ColumnList<LedgerInterval>(),
                                 ", boot_id) VALUES (",
                                 Placeholders(ColumnsOf<LedgerInterval>().size() + 1), ")")),
      position_(database,
                "INSERT OR REPLACE INTO counters_read (device, position, read_us, boot_id) "
                "VALUES (?, ?, ?, ?)"),
      use_(database,
           "INSERT OR REPLACE INTO use_of_users (consumer, day, user, joules) VALUES (?, ?, ?, ?)"),
      audit_(database,
             "INSERT INTO audit (time_unix_us, user, token_id, peer, method, object, outcome) "
             "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      forget_audit_(database, "DELETE FROM audit WHERE entry <= ?"),
      revision_(LastRevision(database)) {}

// Rows of a run that was deleted while they waited are left out: failing them would hold up the
// rest of the group for ever. One look a run serves the whole transaction.
bool GroupWriter::HasRun(const std::string& run_id) {
  if (known_runs_.contains(run_id)) return true;
  if (!HasRunRow(database_, run_id)) return false;
  known_runs_.insert(run_id);
  return true;
}

void GroupWriter::Write(const StepReport& report) {
  if (!HasRun(report.run_id)) return;
  Parameters parameters(report_);
  BindFields(parameters, report);
  report_.bind(1, revision_ + 1);  // not the one that it may have had elsewhere
  revision_ += report_.exec();
}

void GroupWriter::Write(const RunEvent& event) {
  if (!event.run_id.empty() && !HasRun(event.run_id)) return;
  Parameters parameters(event_);
  BindFields(parameters, event);
  event_.bind(1, revision_ + 1);
  revision_ += event_.exec();
}

void GroupWriter::Write(const LedgerInterval& interval, const std::string& boot_id) {
  Parameters parameters(interval_);
  BindFields(parameters, interval);
  parameters << boot_id;
  interval_.exec();
}

void GroupWriter::Write(const CounterPosition& position) {
  Parameters(position_) << position.device << position.position << position.read_at
                        << position.boot_id;
  position_.exec();
}

void GroupWriter::Write(const UserUse& use) {
  Parameters(use_) << use.consumer << use.day << use.user << use.energy;
  use_.exec();
}

void GroupWriter::Write(const AuditRow& row) {
  Parameters(audit_) << row.time << row.user << row.token_id << row.peer << row.method << row.object
                     << row.outcome;
  audit_.exec();
  Parameters(forget_audit_) << database_.getLastInsertRowid() - kMostAuditEntries;
  forget_audit_.exec();
}

int64_t GroupWriter::Finish() {
  Statement update(database_, "UPDATE counters SET value = ? WHERE name = 'revision'");
  Parameters(update) << revision_;
  update.exec();
  return revision_;
}

std::vector<StepReport> SelectReports(DatabaseConnection& database, const UpdateRange& range) {
  Statement select(
      database,
      Concat("SELECT ", ColumnList<StepReport>(), " FROM reports WHERE revision >= ?1",
             range.run_id.empty() ? "" : " AND run_id = ?3", " ORDER BY revision LIMIT ?2"));
  Parameters parameters(select);
  parameters << range.start_revision << range.limit;
  if (!range.run_id.empty()) parameters << range.run_id;
  return ReadRows<StepReport>(select);
}

std::vector<StepReport> SelectReportsOfSteps(DatabaseConnection& database,
                                             const std::string& run_id, int64_t from, int64_t to) {
  Statement select(database, Concat("SELECT ", ColumnList<StepReport>(),
                                    " FROM reports WHERE run_id = ?1 AND attempt IN (SELECT "
                                    "attempt FROM attempts WHERE run_id = ?1) AND step BETWEEN "
                                    "?2 AND ?3 ORDER BY revision"));
  Parameters(select) << run_id << from << to;
  return ReadRows<StepReport>(select);
}

std::vector<RunEvent> SelectEvents(DatabaseConnection& database, const UpdateRange& range) {
  Statement select(
      database, Concat("SELECT ", ColumnList<RunEvent>(), " FROM events WHERE revision >= ?1",
                       range.run_id.empty() ? "" : " AND run_id = ?3",
                       range.kind.empty() ? "" : " AND kind = ?4", " ORDER BY revision LIMIT ?2"));
  Parameters parameters(select);
  parameters << range.start_revision << range.limit;
  if (!range.run_id.empty()) parameters << range.run_id;
  if (!range.kind.empty()) select.bind(4, range.kind);
  return ReadRows<RunEvent>(select);
}

}  // namespace powerdown
