#include "server/store/comparison_table.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/store/answer_table.h"
#include "server/store/database_file.h"
#include "server/store/run_rows.h"
#include "server/store/statements.h"

namespace powerdown {
namespace {

constexpr char kInsertComparison[] = "InsertComparison";
constexpr char kComparisonColumns[] =
    "comparison_id, mode, owner, spec_json, budget_policy, budget_max_steps, grok_multiple, "
    "budget_source, usual_run_id, stopped_run_id, created_unix_us";
constexpr char kShared[] = "shared";
constexpr char kParallel[] = "parallel";

ComparisonMode StoredMode(const std::string& text) {
  if (text == kShared) return ComparisonMode::kShared;
  if (text == kParallel) return ComparisonMode::kParallel;
  throw SQLite::Exception(absl::StrCat("comparison mode ", text, " is not known"), SQLITE_CORRUPT);
}

ComparisonRow ReadComparison(SQLite::Statement& select) {
  ComparisonRow row;
  std::string mode;
  Columns(select) >> row.comparison_id >> mode >> row.owner >> row.spec >> row.budget_policy >>
      row.budget_max_steps >> row.grok_multiple >> row.budget_source >> row.usual_run_id >>
      row.stopped_run_id >> row.created_at;
  row.mode = StoredMode(mode);
  return row;
}

void InsertComparisonRow(SQLite::Database& database, const ComparisonRow& row) {
  SQLite::Statement insert(database, absl::StrCat("INSERT INTO comparisons (", kComparisonColumns,
                                                  ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  Parameters(insert) << row.comparison_id
                     << (row.mode == ComparisonMode::kShared ? kShared : kParallel) << row.owner
                     << SpecToJson(row.spec) << row.budget_policy << row.budget_max_steps
                     << row.grok_multiple << row.budget_source << row.usual_run_id
                     << row.stopped_run_id << row.created_at;
  insert.exec();
}

}  // namespace

absl::StatusOr<std::string> ComparisonTable::Insert(const ComparisonRow& row,
                                                    const std::string& request_id) {
  return file_.Write([&](SQLite::Database& database) -> absl::StatusOr<std::string> {
    if (!request_id.empty()) {
      const auto answer = SelectAnswer(database, request_id, kInsertComparison);
      if (answer) return *answer;
      InsertAnswer(database, request_id, kInsertComparison, row.comparison_id);
    }
    InsertComparisonRow(database, row);
    return row.comparison_id;
  });
}

absl::StatusOr<ComparisonRow> ComparisonTable::Get(const std::string& comparison_id) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<ComparisonRow> {
    SQLite::Statement select(database, absl::StrCat("SELECT ", kComparisonColumns,
                                                    " FROM comparisons WHERE comparison_id = ?"));
    Parameters(select) << comparison_id;
    if (select.executeStep()) return ReadComparison(select);
    return absl::NotFoundError(absl::StrCat("comparison ", comparison_id, " is not known"));
  });
}

absl::StatusOr<std::vector<ComparisonRow>> ComparisonTable::List(
    int64_t limit, const std::string& visible_to) const {
  return file_.Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<ComparisonRow>> {
    SQLite::Statement select(
        database,
        absl::StrCat(
            "SELECT ", kComparisonColumns,
            " FROM comparisons WHERE ?1 IN ('', owner) OR NOT EXISTS (SELECT 1 FROM runs WHERE "
            "run_id = usual_run_id AND is_private) ORDER BY created_unix_us DESC, comparison_id "
            "DESC LIMIT ?2"));
    Parameters(select) << visible_to << limit;
    std::vector<ComparisonRow> rows;
    while (select.executeStep()) rows.push_back(ReadComparison(select));
    return rows;
  });
}

absl::StatusOr<std::string> ComparisonTable::ResolveId(const std::string& prefix) const {
  return file_.Read(
      [&](SQLite::Database& database) { return SelectId(database, "comparison", prefix); });
}

absl::StatusOr<Ownership> ComparisonTable::FindOwnership(const std::string& prefix) const {
  return file_.Read([&](SQLite::Database& database) {
    return SelectOwnership(database, "comparison", prefix,
                           "SELECT comparisons.owner, coalesce(is_private, 0) FROM comparisons "
                           "LEFT JOIN runs ON run_id = "
                           "usual_run_id WHERE comparisons.comparison_id = ?");
  });
}

}  // namespace powerdown
