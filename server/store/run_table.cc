#include "server/store/run_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "server/store/answer_table.h"
#include "server/store/database_file.h"
#include "server/store/run_rows.h"
#include "server/store/statements.h"
#include "server/store/update_rows.h"

namespace powerdown {
namespace {

constexpr char kImportRuns[] = "ImportRuns";

absl::Status NoSuchRun(const std::string& run_id) {
  return absl::NotFoundError(absl::StrCat("run ", run_id, " is not known"));
}

}  // namespace

absl::StatusOr<Run> RunTable::Get(const std::string& run_id) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<Run> {
    std::vector<Run> runs = SelectRuns(database, "WHERE run_id = ?", {run_id});
    if (runs.empty()) return NoSuchRun(run_id);
    return std::move(runs.front());
  });
}

absl::StatusOr<bool> RunTable::Has(const std::string& run_id) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<bool> {
    return HasRunRow(database, run_id);
  });
}

absl::StatusOr<std::vector<Run>> RunTable::List(const RunFilter& filter) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<Run>> {
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

absl::StatusOr<std::vector<Run>> RunTable::ListInState(RunState state) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<Run>> {
    return SelectRuns(database, "WHERE state = ? ORDER BY created_unix_us, run_id",
                      {std::string(RunStateName(state))});
  });
}

absl::StatusOr<std::vector<QueuedRun>> RunTable::ListQueued() const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<QueuedRun>> {
    SQLite::Statement select(database,
                             "SELECT run_id, owner, priority, max_steps FROM runs WHERE state = ? "
                             "ORDER BY created_unix_us, run_id");
    Parameters(select) << RunStateName(RunState::kQueued);
    std::vector<QueuedRun> queued;
    while (select.executeStep()) {
      QueuedRun& run = queued.emplace_back();
      Columns(select) >> run.run_id >> run.owner >> run.priority >> run.max_steps;
    }
    return queued;
  });
}

absl::StatusOr<int64_t> RunTable::Count(RunState state, const std::string& owner) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    SQLite::Statement count(database,
                            "SELECT count(*) FROM runs WHERE state = ?1 AND ?2 IN ('', owner)");
    Parameters(count) << RunStateName(state) << owner;
    count.executeStep();
    return count.getColumn(0).getInt64();
  });
}

absl::StatusOr<std::string> RunTable::ResolveId(const std::string& prefix) const {
  return file_.Read([&](SQLite::Database& database) { return SelectId(database, "run", prefix); });
}

absl::StatusOr<Ownership> RunTable::FindOwnership(const std::string& prefix) const {
  return file_.Read([&](SQLite::Database& database) {
    return SelectOwnership(database, "run", prefix,
                           "SELECT owner, is_private FROM runs WHERE run_id = ?");
  });
}

absl::StatusOr<std::vector<int64_t>> RunTable::GrokStepsOfFamily(
    const std::string& family, const std::string& but_hash) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<int64_t>> {
    SQLite::Statement select(
        database,
        "SELECT min(grok_step) FROM runs WHERE family = ? AND spec_hash != ? AND grok_step IS NOT "
        "NULL AND state IN ('stopped', 'finished') GROUP BY spec_hash ORDER BY 1");
    Parameters(select) << family << but_hash;
    std::vector<int64_t> steps;
    while (select.executeStep()) steps.push_back(select.getColumn(0).getInt64());
    return steps;
  });
}

absl::Status RunTable::Import(const std::vector<RunBundle>& bundles,
                              const std::string& request_id) {
  return file_.Write([&](SQLite::Database& database) -> absl::Status {
    GroupWriter writer(database);
    for (const RunBundle& bundle : bundles) {
      if (HasRunRow(database, bundle.run.run_id)) {
        return absl::AlreadyExistsError(
            absl::StrCat("run ", bundle.run.run_id, " already exists; nothing was imported"));
      }
      InsertRunRow(database, bundle.run);
      for (const RunUpdate& update : bundle.updates) {
        std::visit([&](const auto& row) { writer.Write(row); }, update);
      }
      for (const LedgerInterval& interval : bundle.ledger) writer.Write(interval, kNoBoot);
      if (!request_id.empty()) {
        InsertAnswer(database, request_id, kImportRuns, bundle.run.run_id);
      }
    }
    writer.Finish();
    return absl::OkStatus();
  });
}

absl::Status RunTable::Delete(const std::string& run_id, const std::string& request_id) {
  return file_.Write([&](SQLite::Database& database) {
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

}  // namespace powerdown
