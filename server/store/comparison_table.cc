#include "server/store/comparison_table.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/store/answer_table.h"
#include "server/store/database_file.h"
#include "server/store/field_rows.h"
#include "server/store/run_ids.h"

namespace powerdown {

template <>
inline constexpr auto kFields<ComparisonRow> =
    std::tuple(Describe("comparison_id", &ComparisonRow::comparison_id),
               Describe("mode", &ComparisonRow::mode), Describe("owner", &ComparisonRow::owner),
               Describe("spec", &ComparisonRow::spec),
               Describe("budget_policy", &ComparisonRow::schedule_policy),
               Describe("budget_max_steps", &ComparisonRow::schedule_max_steps),
               Describe("grok_multiple", &ComparisonRow::grok_multiple),
               Describe("budget_source", &ComparisonRow::schedule_source),
               Describe("usual_run_id", &ComparisonRow::usual_run_id),
               Describe("stopped_run_id", &ComparisonRow::stopped_run_id),
               Describe("created_at", &ComparisonRow::created_at));
static_assert(IsWhollyDescribed<ComparisonRow>());

namespace {

constexpr char kInsertComparison[] = "InsertComparison";

}  // namespace

absl::StatusOr<std::string> ComparisonTable::Insert(const ComparisonRow& row,
                                                    const std::string& request_id) {
  return file_.Write([&](DatabaseConnection& database) -> absl::StatusOr<std::string> {
    if (!request_id.empty()) {
      const auto answer = SelectAnswer(database, request_id, kInsertComparison);
      if (answer) return *answer;
      InsertAnswer(database, request_id, kInsertComparison, row.comparison_id);
    }
    InsertRow(database, "comparisons", row);
    return row.comparison_id;
  });
}

absl::StatusOr<ComparisonRow> ComparisonTable::Get(const std::string& comparison_id) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<ComparisonRow> {
    Statement select(database, absl::StrCat("SELECT ", ColumnList<ComparisonRow>(),
                                            " FROM comparisons WHERE comparison_id = ?"));
    Parameters(select) << comparison_id;
    std::vector<ComparisonRow> rows = ReadRows<ComparisonRow>(select);
    if (!rows.empty()) return std::move(rows.front());
    return absl::NotFoundError(absl::StrCat("comparison ", comparison_id, " is not known"));
  });
}

absl::StatusOr<std::vector<ComparisonRow>> ComparisonTable::List(
    int64_t limit, const std::string& visible_to) const {
  return file_.Read([&](DatabaseConnection& database)
                        -> absl::StatusOr<std::vector<ComparisonRow>> {
    Statement select(
        database,
        absl::StrCat(
            "SELECT ", ColumnList<ComparisonRow>(),
            " FROM comparisons WHERE ?1 IN ('', owner) OR NOT EXISTS (SELECT 1 FROM runs WHERE "
            "run_id = usual_run_id AND is_private) ORDER BY created_unix_us DESC, comparison_id "
            "DESC LIMIT ?2"));
    Parameters(select) << visible_to << limit;
    return ReadRows<ComparisonRow>(select);
  });
}

void SelectDamagedComparisons(DatabaseConnection& database, size_t most,
                              std::vector<DamagedRun>& damaged) {
  Statement select(database, absl::StrCat("SELECT ", ColumnList<ComparisonRow>(),
                                          " FROM comparisons ORDER BY comparison_id"));
  ReadRows<ComparisonRow>(select, [&](const ComparisonRow& row, const std::string& problem) {
    if (damaged.size() >= most) return;
    damaged.push_back(
        {row.usual_run_id, Concat("its comparison ", row.comparison_id, ": ", problem)});
  });
}

absl::StatusOr<std::string> ComparisonTable::ResolveId(const std::string& prefix) const {
  return file_.Read(
      [&](DatabaseConnection& database) { return SelectId(database, "comparison", prefix, ""); });
}

absl::StatusOr<Ownership> ComparisonTable::FindOwnership(const std::string& prefix,
                                                         const std::string& visible_to) const {
  return file_.Read([&](DatabaseConnection& database) {
    return SelectOwnership(database, "comparison", prefix, visible_to,
                           "SELECT comparisons.owner, coalesce(is_private, 0) FROM comparisons "
                           "LEFT JOIN runs ON run_id = "
                           "usual_run_id WHERE comparisons.comparison_id = ?");
  });
}

}  // namespace powerdown
