#include "server/store/run_ids.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "server/store/run_import.h"
#include "server/store/statements.h"

namespace powerdown {
namespace {

// What a user sees of others' (?2; empty: all is seen).
std::string VisibleRows(const std::string& noun) {
  return noun == "run" ? Concat("(?2 IN ('', owner) OR is_private = 0) AND ", kIsShown)
                       : "(?2 IN ('', owner) OR NOT EXISTS (SELECT 1 FROM runs WHERE run_id = "
                         "usual_run_id AND is_private))";
}

// "128" of "#128", "r12" of itself; empty for what is no short id. A long id begins with 0 for
// another thousand years.
std::string ShortIdOf(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  const std::string_view digits = text.substr(text.starts_with('r') ? 1 : 0);
  const bool is_number =
      !digits.empty() && digits[0] != '0' &&
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? std::string(text) : "";
}

// One way to look: the ids that `select` gives for ?1 = text and ?2 = visible_to, at most two.
struct Search {
  DatabaseConnection& database;
  const std::string& text;
  const std::string& visible_to;

  std::vector<std::string> Find(const std::string& select, const std::string& what) const {
    Statement statement(database, select);
    Parameters(statement) << what << visible_to;
    std::vector<std::string> found;
    while (statement.executeStep()) found.push_back(statement.getColumn(0).getString());
    return found;
  }
  std::vector<std::string> FindRuns(const std::string& condition, const std::string& what) const {
    return Find(absl::StrCat("SELECT run_id FROM runs WHERE ", condition, " AND ",
                             VisibleRows("run"), " LIMIT 2"),
                what);
  }
  std::vector<std::string> FindByPrefix(const std::string& noun) const {
    const std::string column = absl::StrCat(noun, "_id");
    return Find(
        absl::StrCat("SELECT ", column, " FROM ", noun, "s WHERE ", column, " >= ?1 AND ", column,
                     " < ?1 || x'7f' AND ", VisibleRows(noun), " ORDER BY 1 LIMIT 2"),
        text);
  }
  // The ids that begin with the text, or are it, or a name that is it.
  std::vector<std::string> FindRun() const {
    if (const std::string short_id = ShortIdOf(text); !short_id.empty()) {
      return FindRuns("short_id = ?1", short_id);
    }
    std::vector<std::string> found = FindByPrefix("run");
    if (found.empty()) found = FindRuns("name = ?1", text);
    return found.empty() ? FindLast("run") : found;
  }
  std::vector<std::string> FindLast(const std::string& noun) const {
    return Find(absl::StrCat("SELECT ", noun, "_id FROM ", noun,
                             "s WHERE ?1 = 'last' AND ?2 IN ('', owner)",
                             noun == "run" ? " AND origin = ''" : "",
                             " ORDER BY created_unix_us DESC, 1 DESC LIMIT 1"),
                text);
  }
  std::vector<std::string> RunOfComparison(const std::string& comparison_id) const {
    return FindRuns("run_id = (SELECT usual_run_id FROM comparisons WHERE comparison_id = ?1)",
                    comparison_id);
  }
  std::vector<std::string> ComparisonOfRun(const std::string& run_id) const {
    return Find(absl::StrCat("SELECT comparison_id FROM comparisons WHERE ?1 IN (usual_run_id, "
                             "stopped_run_id) AND ",
                             VisibleRows("comparison"), " LIMIT 2"),
                run_id);
  }
};

absl::Status Ambiguous(const std::string& noun, const std::string& text,
                       const std::vector<std::string>& found) {
  return absl::InvalidArgumentError(absl::StrCat(noun, " id ", text, " is ambiguous: ", found[0],
                                                 " or ", found[1], "; give more characters"));
}

}  // namespace

bool IsVisibleRun(DatabaseConnection& database, const std::string& run_id,
                  const std::string& visible_to) {
  Statement select(database,
                   absl::StrCat("SELECT 1 FROM runs WHERE run_id = ?1 AND ", VisibleRows("run")));
  Parameters(select) << run_id << visible_to;
  return select.executeStep();
}

absl::StatusOr<std::string> SelectId(DatabaseConnection& database, const std::string& noun,
                                     const std::string& text, const std::string& visible_to) {
  if (text.empty()) return absl::InvalidArgumentError(absl::StrCat(noun, " id is empty"));
  const Search search{database, text, visible_to};
  const bool is_run = noun == "run";
  std::vector<std::string> found;
  if (!is_run) found = search.FindLast(noun);
  if (!is_run && found.empty()) found = search.FindByPrefix(noun);
  if (found.empty()) {
    const std::vector<std::string> runs = search.FindRun();
    if (is_run || runs.size() != 1) {
      found = runs;
    } else {
      found = search.ComparisonOfRun(runs[0]);
    }
  }
  if (is_run && found.empty()) {
    const std::vector<std::string> comparisons = search.FindByPrefix("comparison");
    found = comparisons.size() == 1 ? search.RunOfComparison(comparisons[0]) : comparisons;
  }
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("no ", noun, " has the id or name ", Quoted(text),
                                            "; list them with: powerdown run list"));
  }
  if (found.size() > 1 && found[0] != text) return Ambiguous(noun, text, found);
  return found[0];
}

absl::StatusOr<Ownership> SelectOwnership(DatabaseConnection& database, const std::string& noun,
                                          const std::string& text, const std::string& visible_to,
                                          const char* select) {
  Ownership ownership;
  ASSIGN_OR_RETURN(ownership.id, SelectId(database, noun, text, visible_to));
  Statement statement(database, select);
  Parameters(statement) << ownership.id;
  statement.executeStep();
  int64_t is_private = 0;
  Columns(statement) >> ownership.owner >> is_private;
  ownership.is_private = is_private != 0;
  return ownership;
}

}  // namespace powerdown
