#include "server/store/run_rows.h"

#include <SQLiteCpp/Transaction.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/run/event_details.h"
#include "server/store/field_rows.h"

namespace powerdown {
namespace {

void InsertTags(SQLite::Database& database, const Run& run) {
  SQLite::Statement insert(database, "INSERT INTO tags (run_id, position, tag) VALUES (?, ?, ?)");
  int64_t position = 0;
  for (const std::string& tag : run.tags) {
    Parameters(insert) << run.run_id << position++ << tag;
    insert.exec();
  }
}

// Reads what hangs on runs, with statements that serve a whole list.
class RunParts {
 public:
  explicit RunParts(SQLite::Database& database)
      : tags_(database, "SELECT tag FROM tags WHERE run_id = ? ORDER BY position"),
        attempts_(database, Concat("SELECT ", ColumnList<Attempt>(),
                                   " FROM attempts WHERE run_id = ? ORDER BY attempt")),
        checkpoints_(database, Concat("SELECT ", ColumnList<Checkpoint>(),
                                      " FROM checkpoints WHERE run_id = ? ORDER BY rowid")),
        forecast_(database,
                  "SELECT details_json FROM events WHERE run_id = ? AND kind = 'forecast' ORDER BY "
                  "revision DESC LIMIT 1") {}

  // Returns what could not be read; empty: nothing.
  std::string ReadInto(Run& run) {
    Parameters(tags_) << run.run_id;
    while (tags_.executeStep()) Columns(tags_) >> run.tags.emplace_back();
    Parameters(attempts_) << run.run_id;
    run.attempts = ReadRows<Attempt>(attempts_);
    Parameters(checkpoints_) << run.run_id;
    run.checkpoints = ReadRows<Checkpoint>(checkpoints_);
    Parameters(forecast_) << run.run_id;
    if (!forecast_.executeStep()) return "";
    const auto forecast = ReadForecastDetails(forecast_.getColumn(0).getString());
    if (!forecast.ok()) return Concat("forecast: ", StdView(forecast.status().message()));
    run.forecast = *forecast;
    return "";
  }

 private:
  SQLite::Statement tags_;
  SQLite::Statement attempts_;
  SQLite::Statement checkpoints_;
  SQLite::Statement forecast_;
};

// A run that nobody can carry out as it was submitted has failed, so that it is not started with
// other settings and can be deleted.
void FailDamaged(Run& run, const std::string& problem) {
  if (HasEnded(run.state)) return;
  run.state = RunState::kFailed;
  run.state_reason = Concat("the stored run is damaged: ", problem);
}

}  // namespace

void InsertRunRow(SQLite::Database& database, const Run& run) {
  InsertRow(database, "runs", run,
            {{"family", SpecFamily(run.spec)}, {"spec_hash", SpecHash(run.spec)}});
  InsertTags(database, run);
  for (const Attempt& attempt : run.attempts) InsertAttemptRow(database, run.run_id, attempt);
  for (const Checkpoint& checkpoint : run.checkpoints) {
    InsertCheckpointRow(database, run.run_id, checkpoint);
  }
}

bool UpdateRunRow(SQLite::Database& database, const Run& run) {
  SQLite::Statement update(database,
                           Concat("UPDATE runs SET ", Join(ColumnsOf<Run, kFixed>(), " = ?, "),
                                  " = ? WHERE run_id = ?"));
  Parameters parameters(update);
  BindFields<Run, kFixed>(parameters, run);
  parameters << run.run_id;
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
  InsertRow(database, "attempts", attempt, {{"run_id", run_id}});
}

void PutAttemptRow(SQLite::Database& database, const std::string& run_id, const Attempt& attempt) {
  SQLite::Statement remove(database, "DELETE FROM attempts WHERE run_id = ? AND attempt = ?");
  Parameters(remove) << run_id << attempt.attempt;
  remove.exec();
  InsertAttemptRow(database, run_id, attempt);
}

void InsertCheckpointRow(SQLite::Database& database, const std::string& run_id,
                         const Checkpoint& checkpoint) {
  InsertRow(database, "checkpoints", checkpoint, {{"run_id", run_id}});
}

std::vector<Run> SelectRuns(SQLite::Database& database, const std::string& clauses,
                            const std::vector<std::string>& parameters,
                            std::vector<DamagedRun>* damaged) {
  // One transaction, so that a run and what hangs on it are of one moment.
  SQLite::Transaction moment(database);
  SQLite::Statement select(database, Concat("SELECT ", ColumnList<Run>(), " FROM runs ", clauses));
  Parameters bound(select);
  for (const std::string& parameter : parameters) bound << parameter;
  const auto note = [&](const Run& run, const std::string& problem) {
    if (damaged != nullptr) damaged->push_back({run.run_id, problem});
  };
  std::vector<Run> runs = ReadRows<Run>(select, [&](Run& run, const std::string& problem) {
    FailDamaged(run, problem);
    note(run, problem);
  });
  RunParts parts(database);
  for (Run& run : runs) {
    const std::string problem = parts.ReadInto(run);
    if (!problem.empty()) note(run, problem);
  }
  return runs;
}

namespace {

// What a user sees of others' (?2; empty: all is seen).
std::string VisibleRows(const std::string& noun) {
  return noun == "run" ? Concat("(?2 IN ('', owner) OR is_private = 0) AND ", kIsShown)
                       : "(?2 IN ('', owner) OR NOT EXISTS (SELECT 1 FROM runs WHERE run_id = "
                         "usual_run_id AND is_private))";
}

}  // namespace

bool IsVisibleRun(SQLite::Database& database, const std::string& run_id,
                  const std::string& visible_to) {
  SQLite::Statement select(
      database, absl::StrCat("SELECT 1 FROM runs WHERE run_id = ?1 AND ", VisibleRows("run")));
  Parameters(select) << run_id << visible_to;
  return select.executeStep();
}

absl::StatusOr<std::string> SelectId(SQLite::Database& database, const std::string& noun,
                                     const std::string& prefix, const std::string& visible_to) {
  if (prefix.empty()) return absl::InvalidArgumentError(absl::StrCat(noun, " id is empty"));
  const std::string column = absl::StrCat(noun, "_id");
  SQLite::Statement select(
      database,
      absl::StrCat("SELECT ", column, " FROM ", noun, "s WHERE ", column, " >= ?1 AND ", column,
                   " < ?1 || x'7f' AND ", VisibleRows(noun), " ORDER BY 1 LIMIT 2"));
  Parameters(select) << prefix << visible_to;
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
                                          const std::string& prefix, const std::string& visible_to,
                                          const char* select) {
  Ownership ownership;
  ASSIGN_OR_RETURN(ownership.id, SelectId(database, noun, prefix, visible_to));
  SQLite::Statement statement(database, select);
  Parameters(statement) << ownership.id;
  statement.executeStep();
  int64_t is_private = 0;
  Columns(statement) >> ownership.owner >> is_private;
  ownership.is_private = is_private != 0;
  return ownership;
}

}  // namespace powerdown
