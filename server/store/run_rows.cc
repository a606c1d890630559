#include "server/store/run_rows.h"

#include <SQLiteCpp/Transaction.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/run/event_details.h"
#include "server/store/field_rows.h"

namespace powerdown {
namespace {

void InsertTags(DatabaseConnection& database, const Run& run) {
  Statement insert(database, "INSERT INTO tags (run_id, position, tag) VALUES (?, ?, ?)");
  int64_t position = 0;
  for (const std::string& tag : run.tags) {
    Parameters(insert) << run.run_id << position++ << tag;
    insert.exec();
  }
}

// Reads what hangs on runs, with statements that serve a whole list.
class RunParts {
 public:
  explicit RunParts(DatabaseConnection& database)
      : tags_(database, "SELECT tag FROM tags WHERE run_id = ? ORDER BY position"),
        attempts_(database, Concat("SELECT ", ColumnList<Attempt>(),
                                   " FROM attempts WHERE run_id = ? ORDER BY attempt")),
        checkpoints_(database, Concat("SELECT ", ColumnList<Checkpoint>(),
                                      " FROM checkpoints WHERE run_id = ? ORDER BY rowid")),
        forecast_(database,
                  "SELECT details_json FROM events WHERE run_id = ? AND kind = 'forecast' ORDER BY "
                  "revision DESC LIMIT 1"),
        first_forecast_(database,
                        "SELECT details_json FROM events WHERE run_id = ? AND kind = 'forecast' "
                        "AND step >= ? ORDER BY revision LIMIT 1") {}

  // Returns what could not be read; empty: nothing.
  std::string ReadInto(Run& run) {
    Parameters(tags_) << run.run_id;
    while (tags_.executeStep()) Columns(tags_) >> run.tags.emplace_back();
    Parameters(attempts_) << run.run_id;
    std::string damage;
    const auto note = [&](const auto&, const std::string& problem) {
      if (damage.empty()) damage = problem;
    };
    run.attempts = ReadRows<Attempt>(attempts_, note);
    Parameters(checkpoints_) << run.run_id;
    run.checkpoints = ReadRows<Checkpoint>(checkpoints_, note);
    Parameters(forecast_) << run.run_id;
    std::string problem = ReadForecast(forecast_, run.forecast);
    if (!problem.empty()) return problem;
    if (!run.memorised_step || !run.forecast) return damage;
    Parameters(first_forecast_) << run.run_id << *run.memorised_step;
    problem = ReadForecast(first_forecast_, run.first_forecast);
    return problem.empty() ? damage : problem;
  }

 private:
  static std::string ReadForecast(SQLite::Statement& select, std::optional<Forecast>& forecast) {
    if (!select.executeStep()) return "";
    auto read = ReadForecastDetails(select.getColumn(0).getString());
    if (!read.ok()) return Concat("forecast: ", StdView(read.status().message()));
    forecast = *std::move(read);
    return "";
  }

  Statement tags_;
  Statement attempts_;
  Statement checkpoints_;
  Statement forecast_;
  Statement first_forecast_;
};

// Never given again, whatever is deleted.
std::string NextShortId(DatabaseConnection& database, bool is_recorded) {
  Statement count(database, "UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value");
  Parameters(count) << std::string(is_recorded ? "recorded_run" : "run");
  count.executeStep();
  return Concat(is_recorded ? "r" : "", count.getColumn(0).getInt64());
}

// A run that nobody can carry out as it was submitted has failed, so that it is not started with
// other settings and can be deleted.
void FailDamaged(Run& run, const std::string& problem) {
  if (HasEnded(run.state)) return;
  run.state = RunState::kFailed;
  run.state_reason = Concat("the stored run is damaged: ", problem);
}

}  // namespace

void InsertRunRow(DatabaseConnection& database, const Run& run) {
  Run numbered = run;
  numbered.short_id = NextShortId(database, run.origin == kRecordedOrigin);
  InsertRow(database, "runs", numbered,
            {{"family", FamilyOf(run)}, {"spec_hash", SpecHash(run.spec)}});
  InsertTags(database, run);
  for (const Attempt& attempt : run.attempts) InsertAttemptRow(database, run.run_id, attempt);
  for (const Checkpoint& checkpoint : run.checkpoints) {
    InsertCheckpointRow(database, run.run_id, checkpoint);
  }
}

bool UpdateRunRow(DatabaseConnection& database, const Run& run) {
  Statement update(database, Concat("UPDATE runs SET ", Join(ColumnsOf<Run, kFixed>(), " = ?, "),
                                    " = ? WHERE run_id = ?"));
  Parameters parameters(update);
  BindFields<Run, kFixed>(parameters, run);
  parameters << run.run_id;
  if (update.exec() == 0) return false;
  Statement remove(database, "DELETE FROM tags WHERE run_id = ?");
  Parameters(remove) << run.run_id;
  remove.exec();
  InsertTags(database, run);
  return true;
}

bool HasRunRow(DatabaseConnection& database, const std::string& run_id) {
  Statement select(database, "SELECT 1 FROM runs WHERE run_id = ?");
  Parameters(select) << run_id;
  return select.executeStep();
}

void InsertAttemptRow(DatabaseConnection& database, const std::string& run_id,
                      const Attempt& attempt) {
  InsertRow(database, "attempts", attempt, {{"run_id", run_id}});
}

void PutAttemptRow(DatabaseConnection& database, const std::string& run_id,
                   const Attempt& attempt) {
  Statement remove(database, "DELETE FROM attempts WHERE run_id = ? AND attempt = ?");
  Parameters(remove) << run_id << attempt.attempt;
  remove.exec();
  InsertAttemptRow(database, run_id, attempt);
}

void InsertCheckpointRow(DatabaseConnection& database, const std::string& run_id,
                         const Checkpoint& checkpoint) {
  InsertRow(database, "checkpoints", checkpoint, {{"run_id", run_id}});
}

std::vector<Run> SelectRuns(DatabaseConnection& database, const std::string& clauses,
                            const std::vector<std::string>& parameters,
                            std::vector<DamagedRun>* damaged) {
  // One transaction, so that a run and what hangs on it are of one moment.
  SQLite::Transaction moment(database);
  Statement select(database, Concat("SELECT ", ColumnList<Run>(), " FROM runs ", clauses));
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

}  // namespace powerdown
