// What a RunFilter means in SQL, for every list of runs. For one thread at a time, within a
// transaction; throws SQLite::Exception.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/database_connection.h"
#include "server/store/run_table.h"

namespace powerdown {

struct RunClauses {
  std::string sql;                      // "WHERE … ORDER BY … LIMIT …", of table runs
  std::vector<std::string> parameters;  // text, ?1, ?2, …
};

// NotFound if the run to page on from is not there.
absl::StatusOr<RunClauses> ClausesOf(DatabaseConnection& database, const RunFilter& filter);

}  // namespace powerdown
