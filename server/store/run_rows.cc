#include "server/store/run_rows.h"

#include <SQLiteCpp/Transaction.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/run/event_details.h"
#include "server/store/statements.h"

namespace powerdown {
namespace {

constexpr char kRunColumns[] =
    "run_id, name, owner, state, state_reason, spec_json, auto_stop, grok_multiple, device, "
    "hardware, steps, max_steps, train_accuracy, validation_accuracy, memorised_step, grok_step, "
    "stop_step, stop_reason, stop_mode, comparison_id, created_unix_us, started_unix_us, "
    "ended_unix_us, is_private, priority, budget_unit, budget_amount, origin, notes, abandon, "
    "predictor";

Parameters& operator<<(Parameters& parameters, const std::optional<StopOutcome>& stop) {
  if (!stop) {
    return parameters << std::optional<int64_t>() << std::optional<std::string>()
                      << std::optional<std::string>();
  }
  return parameters << stop->step << stop->reason << stop->mode;
}

Columns& operator>>(Columns& columns, std::optional<StopOutcome>& stop) {
  std::optional<int64_t> step;
  StopOutcome outcome;
  columns >> step >> outcome.reason >> outcome.mode;
  if (step) {
    outcome.step = *step;
    stop = outcome;
  }
  return columns;
}

Parameters& operator<<(Parameters& parameters, const std::optional<Budget>& budget) {
  if (!budget) return parameters << std::optional<std::string>() << std::optional<double>();
  return parameters << budget->unit << budget->amount;
}

Columns& operator>>(Columns& columns, std::optional<Budget>& budget) {
  std::optional<std::string> unit;
  double amount = 0;
  columns >> unit >> amount;
  if (unit) budget = Budget{*unit, amount};
  return columns;
}

void InsertTags(SQLite::Database& database, const Run& run) {
  SQLite::Statement insert(database, "INSERT INTO tags (run_id, position, tag) VALUES (?, ?, ?)");
  int64_t position = 0;
  for (const std::string& tag : run.tags) {
    Parameters(insert) << run.run_id << position++ << tag;
    insert.exec();
  }
}

Run ReadRun(SQLite::Statement& select) {
  Run run;
  Columns columns(select);
  columns >> run.run_id >> run.name >> run.owner >> run.state >> run.state_reason >> run.spec >>
      run.auto_stop >> run.grok_multiple >> run.device >> run.hardware >> run.steps >>
      run.max_steps >> run.train_accuracy >> run.validation_accuracy >> run.memorised_step >>
      run.grok_step;
  columns >> run.stop;
  int64_t is_private = 0;
  columns >> run.comparison_id >> run.created_at >> run.started_at >> run.ended_at >> is_private >>
      run.priority;
  columns >> run.budget;
  run.is_private = is_private != 0;
  columns >> run.origin >> run.notes >> run.abandon >> run.predictor;
  return run;
}

// Reads what hangs on runs, with statements that serve a whole list.
class RunParts {
 public:
  explicit RunParts(SQLite::Database& database)
      : tags_(database, "SELECT tag FROM tags WHERE run_id = ? ORDER BY position"),
        attempts_(database,
                  "SELECT attempt, first_step, last_step, started_unix_us, ended_unix_us, outcome, "
                  "reason FROM attempts WHERE run_id = ? ORDER BY attempt"),
        checkpoints_(database,
                     "SELECT checkpoint_id, attempt, step, label, kind, sha256, bytes, file FROM "
                     "checkpoints WHERE run_id = ? ORDER BY rowid"),
        forecast_(database,
                  "SELECT details_json FROM events WHERE run_id = ? AND kind = 'forecast' ORDER BY "
                  "revision DESC LIMIT 1") {}

  void ReadInto(Run& run) {
    Parameters(tags_) << run.run_id;
    while (tags_.executeStep()) Columns(tags_) >> run.tags.emplace_back();
    Parameters(attempts_) << run.run_id;
    while (attempts_.executeStep()) {
      Attempt& attempt = run.attempts.emplace_back();
      Columns(attempts_) >> attempt.attempt >> attempt.first_step >> attempt.last_step >>
          attempt.started_at >> attempt.ended_at >> attempt.outcome >> attempt.reason;
    }
    Parameters(checkpoints_) << run.run_id;
    while (checkpoints_.executeStep()) {
      Checkpoint& checkpoint = run.checkpoints.emplace_back();
      Columns(checkpoints_) >> checkpoint.checkpoint_id >> checkpoint.attempt >> checkpoint.step >>
          checkpoint.label >> checkpoint.kind >> checkpoint.sha256 >> checkpoint.bytes >>
          checkpoint.file;
    }
    Parameters(forecast_) << run.run_id;
    if (forecast_.executeStep()) {
      run.forecast = StoredValue(ReadForecastDetails(forecast_.getColumn(0).getString()));
    }
  }

 private:
  SQLite::Statement tags_;
  SQLite::Statement attempts_;
  SQLite::Statement checkpoints_;
  SQLite::Statement forecast_;
};

}  // namespace

void InsertRunRow(SQLite::Database& database, const Run& run) {
  SQLite::Statement insert(
      database,
      absl::StrCat("INSERT INTO runs (", kRunColumns,
                   ", family, spec_hash) VALUES (?, ?, ?, ?, ?, ",
                   "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ",
                   "?, ?, ?, ?)"));
  Parameters parameters(insert);
  parameters << run.run_id << run.name << run.owner << RunStateName(run.state) << run.state_reason
             << SpecToJson(run.spec) << AutoStopName(run.auto_stop) << run.grok_multiple
             << run.device << run.hardware << run.steps << run.max_steps << run.train_accuracy
             << run.validation_accuracy << run.memorised_step << run.grok_step;
  parameters << run.stop;
  parameters << run.comparison_id << run.created_at << run.started_at << run.ended_at
             << int64_t{run.is_private} << run.priority;
  parameters << run.budget;
  parameters << run.origin << run.notes << AutoStopName(run.abandon) << run.predictor;
  parameters << SpecFamily(run.spec) << SpecHash(run.spec);
  insert.exec();
  InsertTags(database, run);
  for (const Attempt& attempt : run.attempts) InsertAttemptRow(database, run.run_id, attempt);
  for (const Checkpoint& checkpoint : run.checkpoints) {
    InsertCheckpointRow(database, run.run_id, checkpoint);
  }
}

bool UpdateRunRow(SQLite::Database& database, const Run& run) {
  SQLite::Statement update(
      database,
      "UPDATE runs SET name = ?, state = ?, state_reason = ?, device = ?, hardware = ?, steps = ?, "
      "max_steps = ?, train_accuracy = ?, validation_accuracy = ?, memorised_step = ?, grok_step = "
      "?, stop_step = ?, stop_reason = ?, stop_mode = ?, started_unix_us = ?, ended_unix_us = ?, "
      "notes = ?, predictor = ? "
      "WHERE run_id = ?");
  Parameters parameters(update);
  parameters << run.name << RunStateName(run.state) << run.state_reason << run.device
             << run.hardware << run.steps << run.max_steps << run.train_accuracy
             << run.validation_accuracy << run.memorised_step << run.grok_step;
  parameters << run.stop;
  parameters << run.started_at << run.ended_at << run.notes << run.predictor << run.run_id;
  if (update.exec() == 0) return false;
  SQLite::Statement remove(database, "DELETE FROM tags WHERE run_id = ?");
  Parameters(remove) << run.run_id;
  remove.exec();
  InsertTags(database, run);
  return true;
}

bool HasRunRow(SQLite::Database& database, const std::string& run_id) {
  SQLite::Statement select(database, "SELECT 1 FROM runs WHERE run_id = ?");
  Parameters(select) << run_id;
  return select.executeStep();
}

void InsertAttemptRow(SQLite::Database& database, const std::string& run_id,
                      const Attempt& attempt) {
  SQLite::Statement insert(
      database,
      "INSERT INTO attempts (run_id, attempt, first_step, last_step, started_unix_us, "
      "ended_unix_us, outcome, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  Parameters(insert) << run_id << attempt.attempt << attempt.first_step << attempt.last_step
                     << attempt.started_at << attempt.ended_at << attempt.outcome << attempt.reason;
  insert.exec();
}

void PutAttemptRow(SQLite::Database& database, const std::string& run_id, const Attempt& attempt) {
  SQLite::Statement remove(database, "DELETE FROM attempts WHERE run_id = ? AND attempt = ?");
  Parameters(remove) << run_id << attempt.attempt;
  remove.exec();
  InsertAttemptRow(database, run_id, attempt);
}

void InsertCheckpointRow(SQLite::Database& database, const std::string& run_id,
                         const Checkpoint& checkpoint) {
  SQLite::Statement insert(
      database,
      "INSERT INTO checkpoints (checkpoint_id, run_id, attempt, step, label, kind, sha256, bytes, "
      "file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Parameters(insert) << checkpoint.checkpoint_id << run_id << checkpoint.attempt << checkpoint.step
                     << checkpoint.label << checkpoint.kind << checkpoint.sha256 << checkpoint.bytes
                     << checkpoint.file;
  insert.exec();
}

std::vector<Run> SelectRuns(SQLite::Database& database, const std::string& clauses,
                            const std::vector<std::string>& parameters) {
  // One transaction, so that a run and what hangs on it are of one moment.
  SQLite::Transaction moment(database);
  SQLite::Statement select(database, absl::StrCat("SELECT ", kRunColumns, " FROM runs ", clauses));
  Parameters bound(select);
  for (const std::string& parameter : parameters) bound << parameter;
  RunParts parts(database);
  std::vector<Run> runs;
  while (select.executeStep()) {
    runs.push_back(ReadRun(select));
    parts.ReadInto(runs.back());
  }
  return runs;
}

absl::StatusOr<std::string> SelectId(SQLite::Database& database, const std::string& noun,
                                     const std::string& prefix) {
  if (prefix.empty()) return absl::InvalidArgumentError(absl::StrCat(noun, " id is empty"));
  const std::string column = absl::StrCat(noun, "_id");
  SQLite::Statement select(
      database, absl::StrCat("SELECT ", column, " FROM ", noun, "s WHERE ", column, " >= ?1 AND ",
                             column, " < ?1 || x'7f' ORDER BY 1 LIMIT 2"));
  Parameters(select) << prefix;
  std::vector<std::string> found;
  while (select.executeStep()) found.push_back(select.getColumn(0).getString());
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("no ", noun, " has an id that starts with ", prefix));
  }
  if (found.size() > 1 && found[0] != prefix) {
    return absl::InvalidArgumentError(absl::StrCat(noun, " id ", prefix,
                                                   " is ambiguous: ", found[0], " or ", found[1],
                                                   "; give more characters"));
  }
  return found[0];
}

absl::StatusOr<Ownership> SelectOwnership(SQLite::Database& database, const std::string& noun,
                                          const std::string& prefix, const char* select) {
  Ownership ownership;
  ASSIGN_OR_RETURN(ownership.id, SelectId(database, noun, prefix));
  SQLite::Statement statement(database, select);
  Parameters(statement) << ownership.id;
  statement.executeStep();
  int64_t is_private = 0;
  Columns(statement) >> ownership.owner >> is_private;
  ownership.is_private = is_private != 0;
  return ownership;
}

}  // namespace powerdown
