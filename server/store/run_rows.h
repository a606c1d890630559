// Runs as rows, written and read within a transaction. For one thread at a time; throws
// SQLite::Exception.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run.h"
#include "server/store/database_connection.h"
#include "server/store/run_table.h"

namespace powerdown {

void InsertRunRow(DatabaseConnection& database, const Run& run);  // with all that hangs on it
bool UpdateRunRow(DatabaseConnection& database, const Run& run);  // false: there is no such run
bool HasRunRow(DatabaseConnection& database, const std::string& run_id);
void InsertAttemptRow(DatabaseConnection& database, const std::string& run_id,
                      const Attempt& attempt);
// Inserts it, or replaces the one of this number.
void PutAttemptRow(DatabaseConnection& database, const std::string& run_id, const Attempt& attempt);
void InsertCheckpointRow(DatabaseConnection& database, const std::string& run_id,
                         const Checkpoint& checkpoint);

// The runs that "SELECT … FROM runs" + `clauses` gives for text parameters ?1, ?2, … What of a run
// cannot be read keeps its default and is noted in `damaged`, if given; a damaged run that has not
// ended is shown as failed.
std::vector<Run> SelectRuns(DatabaseConnection& database, const std::string& clauses,
                            const std::vector<std::string>& parameters,
                            std::vector<DamagedRun>* damaged = nullptr);

// Adds the comparisons of whose rows something cannot be read, by their usual runs, with which they
// are deleted, until there are `most`.
void SelectDamagedComparisons(DatabaseConnection& database, size_t most,
                              std::vector<DamagedRun>& damaged);

}  // namespace powerdown
