#include "server/store/run_conditions.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/store/run_ids.h"
#include "server/store/run_import.h"

namespace powerdown {

absl::StatusOr<RunClauses> ClausesOf(DatabaseConnection& database, const RunFilter& filter) {
  RunClauses clauses;
  std::vector<std::string> conditions = {"TRUE"};
  const auto add = [&](std::string condition, std::string parameter) {
    conditions.push_back(std::move(condition));
    clauses.parameters.push_back(std::move(parameter));
  };
  if (filter.state) add("state = ?", std::string(NameOf(*filter.state)));
  if (!filter.owner.empty()) add("owner = ?", filter.owner);
  if (!filter.visible_to.empty()) add("(owner = ? OR is_private = 0)", filter.visible_to);
  if (!filter.tag.empty()) {
    add("EXISTS (SELECT 1 FROM tags WHERE tags.run_id = runs.run_id AND tag = ?)", filter.tag);
  }
  conditions.push_back(filter.has_all_origins ? kIsShown : "origin = ''");
  for (const auto& [field, text] : filter.spec) {
    add(absl::StrCat("CAST(iif(json_valid(spec_json), json_extract(spec_json, '$.", field,
                     "'), NULL) AS TEXT) = ?"),
        text);
  }
  if (!filter.before_run_id.empty()) {
    if (!IsVisibleRun(database, filter.before_run_id, filter.visible_to)) {
      return absl::NotFoundError(absl::StrCat("run ", filter.before_run_id, " is not known"));
    }
    add("(created_unix_us, runs.run_id) < (SELECT created_unix_us, run_id FROM runs WHERE run_id = "
        "?)",
        filter.before_run_id);
  }
  clauses.sql =
      absl::StrCat("WHERE ", absl::StrJoin(conditions, " AND "),
                   " ORDER BY created_unix_us DESC, runs.run_id DESC LIMIT ", filter.limit);
  return clauses;
}

}  // namespace powerdown
