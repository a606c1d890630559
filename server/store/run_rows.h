// Runs as rows: what store_runs.cc and store_comparisons.cc do within their transactions. For one
// thread at a time; throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/Database.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run.h"

namespace powerdown {

void InsertRunRow(SQLite::Database& database, const Run& run);  // with all that hangs on it
bool UpdateRunRow(SQLite::Database& database, const Run& run);  // false: there is no such run
bool HasRunRow(SQLite::Database& database, const std::string& run_id);
void InsertAttemptRow(SQLite::Database& database, const std::string& run_id,
                      const Attempt& attempt);
// Inserts it, or replaces the one of this number.
void PutAttemptRow(SQLite::Database& database, const std::string& run_id, const Attempt& attempt);
void InsertCheckpointRow(SQLite::Database& database, const std::string& run_id,
                         const Checkpoint& checkpoint);

// The runs that "SELECT … FROM runs" + `clauses` gives for text parameters ?1, ?2, …
std::vector<Run> SelectRuns(SQLite::Database& database, const std::string& clauses,
                            const std::vector<std::string>& parameters);

std::optional<std::string> SelectAnswer(SQLite::Database& database, const std::string& request_id,
                                        const std::string& method);
// Keeps the first answer.
void InsertAnswer(SQLite::Database& database, const std::string& request_id,
                  const std::string& method, const std::string& answer);

// The one id that starts with `prefix` in table `noun`s, whose key is `noun`_id.
absl::StatusOr<std::string> ResolveId(SQLite::Database& database, const std::string& noun,
                                      const std::string& prefix);

}  // namespace powerdown
