#include "server/store/run_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/store/answer_table.h"
#include "server/store/database_file.h"
#include "server/store/run_conditions.h"
#include "server/store/run_ids.h"
#include "server/store/run_import.h"
#include "server/store/run_rows.h"
#include "server/store/statements.h"
#include "server/store/update_rows.h"

namespace powerdown {
namespace {

constexpr size_t kRunsALook = 200;    // others read between two looks
constexpr size_t kMostDamaged = 100;  // more are not told

absl::Status NoSuchRun(const std::string& run_id) {
  return absl::NotFoundError(absl::StrCat("run ", run_id, " is not known"));
}

}  // namespace

absl::StatusOr<Run> RunTable::Get(const std::string& run_id) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<Run> {
    std::vector<Run> runs =
        SelectRuns(database, absl::StrCat("WHERE run_id = ? AND ", kIsShown), {run_id});
    if (runs.empty()) return NoSuchRun(run_id);
    return std::move(runs.front());
  });
}

absl::StatusOr<RunState> RunTable::GetState(const std::string& run_id) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<RunState> {
    Statement select(database, "SELECT state FROM runs WHERE run_id = ?");
    Parameters(select) << run_id;
    if (!select.executeStep()) return NoSuchRun(run_id);
    return ParseNamed<RunState>(select.getColumn(0).getString());
  });
}

absl::StatusOr<bool> RunTable::Has(const std::string& run_id) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<bool> {
    return HasRunRow(database, run_id);
  });
}

absl::StatusOr<std::vector<Run>> RunTable::List(const RunFilter& filter) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<Run>> {
    ASSIGN_OR_RETURN(const RunClauses clauses, ClausesOf(database, filter));
    return SelectRuns(database, clauses.sql, clauses.parameters);
  });
}

absl::StatusOr<std::vector<Run>> RunTable::ListInState(RunState state) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<Run>> {
    std::vector<Run> runs = SelectRuns(database, "WHERE state = ? ORDER BY created_unix_us, run_id",
                                       {std::string(NameOf(state))});
    std::erase_if(runs, [&](const Run& run) { return run.state != state; });  // damaged ones
    return runs;
  });
}

absl::StatusOr<std::vector<QueuedRun>> RunTable::ListQueued() const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<QueuedRun>> {
    Statement select(database,
                     "SELECT run_id, owner, priority, max_steps FROM runs WHERE state = ? "
                     "ORDER BY created_unix_us, run_id");
    Parameters(select) << NameOf(RunState::kQueued);
    std::vector<QueuedRun> queued;
    while (select.executeStep()) {
      QueuedRun& run = queued.emplace_back();
      Columns(select) >> run.run_id >> run.owner >> run.priority >> run.max_steps;
    }
    return queued;
  });
}

absl::StatusOr<std::vector<DamagedRun>> RunTable::FindDamaged() const {
  std::vector<DamagedRun> damaged;
  std::string after;
  for (;;) {
    ASSIGN_OR_RETURN(after,
                     file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::string> {
                       const std::vector<Run> runs =
                           SelectRuns(database,
                                      absl::StrCat("WHERE run_id > ? AND ", kIsShown,
                                                   " ORDER BY run_id LIMIT ", kRunsALook),
                                      {after}, &damaged);
                       return runs.size() < kRunsALook ? std::string() : runs.back().run_id;
                     }));
    if (after.empty() || damaged.size() >= kMostDamaged) break;
  }
  RETURN_IF_ERROR(file_.ReadAside([&](DatabaseConnection& database) {
    SelectDamagedComparisons(database, kMostDamaged, damaged);
    return absl::OkStatus();
  }));
  return damaged;
}

absl::StatusOr<bool> RunTable::IsDamaged(const std::string& run_id) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<bool> {
    std::vector<DamagedRun> damaged;
    SelectRuns(database, "WHERE run_id = ?", {run_id}, &damaged);
    if (!damaged.empty()) return true;
    SelectDamagedComparisons(database, kMostDamaged, damaged);
    return std::any_of(damaged.begin(), damaged.end(),
                       [&](const DamagedRun& run) { return run.run_id == run_id; });
  });
}

absl::StatusOr<int64_t> RunTable::CountOf(const std::string& owner) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<int64_t> {
    Statement count(database, "SELECT count(*) FROM runs WHERE owner = ?");
    Parameters(count) << owner;
    count.executeStep();
    return count.getColumn(0).getInt64();
  });
}

absl::StatusOr<int64_t> RunTable::Count(RunState state, const std::string& owner) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<int64_t> {
    Statement count(database, "SELECT count(*) FROM runs WHERE state = ?1 AND ?2 IN ('', owner)");
    Parameters(count) << NameOf(state) << owner;
    count.executeStep();
    return count.getColumn(0).getInt64();
  });
}

absl::StatusOr<std::string> RunTable::ResolveId(const std::string& prefix) const {
  return file_.Read(
      [&](DatabaseConnection& database) { return SelectId(database, "run", prefix, ""); });
}

absl::StatusOr<Ownership> RunTable::FindOwnership(const std::string& prefix,
                                                  const std::string& visible_to) const {
  return file_.Read([&](DatabaseConnection& database) {
    return SelectOwnership(database, "run", prefix, visible_to,
                           "SELECT owner, is_private FROM runs WHERE run_id = ?");
  });
}

absl::StatusOr<std::vector<int64_t>> RunTable::GrokStepsOfFamily(
    const std::string& family, const std::string& but_hash) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<int64_t>> {
    Statement select(
        database,
        "SELECT min(grok_step) FROM runs WHERE family = ? AND spec_hash != ? AND grok_step IS NOT "
        "NULL AND state IN ('stopped', 'finished') GROUP BY spec_hash ORDER BY 1");
    Parameters(select) << family << but_hash;
    std::vector<int64_t> steps;
    while (select.executeStep()) steps.push_back(select.getColumn(0).getInt64());
    return steps;
  });
}

absl::Status RunTable::Import(const std::vector<IncomingRun>& runs, const NextUpdate& next,
                              const std::string& request_id) {
  return RunImport(&file_, &runs, &next, &request_id).Write();
}

absl::Status RunTable::DisownIncoming() {
  return file_.Write([](DatabaseConnection& database) {
    powerdown::DisownIncoming(database);
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> RunTable::DeleteSomeGone() {
  ASSIGN_OR_RETURN(const bool is_one_gone,
                   file_.Read([](DatabaseConnection& database) -> absl::StatusOr<bool> {
                     return FindGone(database).has_value();
                   }));
  if (!is_one_gone) return false;
  return file_.Write([](DatabaseConnection& database) -> absl::StatusOr<bool> {
    return DeletePieceOfGone(database);
  });
}

absl::Status RunTable::Delete(const std::string& run_id, const std::string& request_id) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement leave(
        database,
        "UPDATE runs SET comparison_id = '' WHERE run_id != ?1 AND comparison_id IN (SELECT "
        "comparison_id FROM comparisons WHERE usual_run_id = ?1 OR stopped_run_id = ?1)");
    Statement compare(database,
                      "DELETE FROM comparisons WHERE usual_run_id = ?1 OR stopped_run_id = ?1");
    // Most rows of a long one are deleted later, a few at a time.
    const bool is_short = FitsAPiece(database, run_id);
    Statement remove(
        database, absl::StrCat(is_short ? "DELETE FROM runs" : "UPDATE runs SET origin = 'deleted'",
                               " WHERE run_id = ?1 AND ", kIsShown));
    Parameters(leave) << run_id;
    leave.exec();
    Parameters(compare) << run_id;
    compare.exec();
    Parameters(remove) << run_id;
    if (remove.exec() == 0) return NoSuchRun(run_id);
    if (!request_id.empty()) InsertAnswer(database, request_id, kDeleteRun, run_id);
    return absl::OkStatus();
  });
}

}  // namespace powerdown
