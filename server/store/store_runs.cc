// Runs, attempts, checkpoints and the answers to mutations.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "server/store/access.h"
#include "server/store/run_rows.h"
#include "server/store/statements.h"

namespace powerdown {
namespace {

constexpr char kInsertRun[] = "InsertRun";

absl::Status NoSuchRun(const std::string& run_id) {
  return absl::NotFoundError(absl::StrCat("run ", run_id, " is not known"));
}

}  // namespace

absl::StatusOr<std::string> Store::InsertRun(const Run& run, const std::string& request_id) {
  return Write([&](SQLite::Database& database) -> absl::StatusOr<std::string> {
    if (!request_id.empty()) {
      const auto answer = SelectAnswer(database, request_id, kInsertRun);
      if (answer) return *answer;
      InsertAnswer(database, request_id, kInsertRun, run.run_id);
    }
    InsertRunRow(database, run);
    return run.run_id;
  });
}

absl::Status Store::UpdateRun(const Run& run) {
  return Write([&](SQLite::Database& database) {
    return UpdateRunRow(database, run) ? absl::OkStatus() : NoSuchRun(run.run_id);
  });
}

absl::Status Store::DeleteRun(const std::string& run_id, const std::string& request_id) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement leave(
        database,
        "UPDATE runs SET comparison_id = '' WHERE run_id != ?1 AND comparison_id IN (SELECT "
        "comparison_id FROM comparisons WHERE usual_run_id = ?1 OR stopped_run_id = ?1)");
    SQLite::Statement compare(
        database, "DELETE FROM comparisons WHERE usual_run_id = ?1 OR stopped_run_id = ?1");
    SQLite::Statement remove(database, "DELETE FROM runs WHERE run_id = ?1");
    Parameters(leave) << run_id;
    leave.exec();
    Parameters(compare) << run_id;
    compare.exec();
    Parameters(remove) << run_id;
    if (remove.exec() == 0) return NoSuchRun(run_id);
    if (!request_id.empty()) InsertAnswer(database, request_id, "delete", run_id);
    return absl::OkStatus();
  });
}

absl::StatusOr<Run> Store::GetRun(const std::string& run_id) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<Run> {
    std::vector<Run> runs = SelectRuns(database, "WHERE run_id = ?", {run_id});
    if (runs.empty()) return NoSuchRun(run_id);
    return std::move(runs.front());
  });
}

absl::StatusOr<std::vector<Run>> Store::ListRuns(const RunFilter& filter) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<Run>> {
    std::vector<std::string> conditions = {"TRUE"};
    std::vector<std::string> parameters;
    if (filter.state) {
      conditions.push_back("state = ?");
      parameters.emplace_back(RunStateName(*filter.state));
    }
    if (!filter.owner.empty()) {
      conditions.push_back("owner = ?");
      parameters.push_back(filter.owner);
    }
    if (!filter.visible_to.empty()) {
      conditions.push_back("(owner = ? OR is_private = 0)");
      parameters.push_back(filter.visible_to);
    }
    if (!filter.tag.empty()) {
      conditions.push_back(
          "EXISTS (SELECT 1 FROM tags WHERE tags.run_id = runs.run_id AND tag = ?)");
      parameters.push_back(filter.tag);
    }
    if (!filter.has_all_origins) conditions.push_back("origin = ''");
    for (const auto& [field, text] : filter.spec) {
      conditions.push_back(
          absl::StrCat("CAST(json_extract(spec_json, '$.", field, "') AS TEXT) = ?"));
      parameters.push_back(text);
    }
    if (!filter.before_run_id.empty()) {
      if (!HasRunRow(database, filter.before_run_id)) return NoSuchRun(filter.before_run_id);
      conditions.push_back(
          "(created_unix_us, run_id) < (SELECT created_unix_us, run_id FROM runs WHERE run_id = "
          "?)");
      parameters.push_back(filter.before_run_id);
    }
    return SelectRuns(
        database,
        absl::StrCat("WHERE ", absl::StrJoin(conditions, " AND "),
                     " ORDER BY created_unix_us DESC, run_id DESC LIMIT ", filter.limit),
        parameters);
  });
}

absl::StatusOr<std::vector<Run>> Store::ListRunsInState(RunState state) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<Run>> {
    return SelectRuns(database, "WHERE state = ? ORDER BY created_unix_us, run_id",
                      {std::string(RunStateName(state))});
  });
}

absl::StatusOr<int64_t> Store::CountRuns(RunState state, const std::string& owner) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    SQLite::Statement count(database, "SELECT count(*) FROM runs WHERE state = ? AND owner = ?");
    Parameters(count) << RunStateName(state) << owner;
    count.executeStep();
    return count.getColumn(0).getInt64();
  });
}

absl::StatusOr<std::string> Store::ResolveRunId(const std::string& prefix) const {
  return Read([&](SQLite::Database& database) { return ResolveId(database, "run", prefix); });
}

absl::Status Store::InsertAttempt(const std::string& run_id, const Attempt& attempt) {
  return Write([&](SQLite::Database& database) {
    InsertAttemptRow(database, run_id, attempt);
    return absl::OkStatus();
  });
}

absl::Status Store::UpdateAttempt(const std::string& run_id, const Attempt& attempt) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement update(
        database,
        "UPDATE attempts SET first_step = ?, last_step = ?, started_unix_us = ?, ended_unix_us = "
        "?, outcome = ?, reason = ? WHERE run_id = ? AND attempt = ?");
    Parameters(update) << attempt.first_step << attempt.last_step << attempt.started_at
                       << attempt.ended_at << attempt.outcome << attempt.reason << run_id
                       << attempt.attempt;
    if (update.exec() > 0) return absl::OkStatus();
    return absl::NotFoundError(absl::StrCat("run ", run_id, " has no attempt ", attempt.attempt));
  });
}

absl::Status Store::InsertCheckpoint(const std::string& run_id, const Checkpoint& checkpoint) {
  return Write([&](SQLite::Database& database) {
    InsertCheckpointRow(database, run_id, checkpoint);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<std::string>> Store::FindAnswer(const std::string& request_id,
                                                             const std::string& method) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::optional<std::string>> {
    return SelectAnswer(database, request_id, method);
  });
}

absl::Status Store::PutAnswer(const std::string& request_id, const std::string& method,
                              const std::string& answer) {
  return Write([&](SQLite::Database& database) {
    InsertAnswer(database, request_id, method, answer);
    return absl::OkStatus();
  });
}

}  // namespace powerdown
