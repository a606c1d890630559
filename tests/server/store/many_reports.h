// Many reports of a run in one statement: a test has no time to append so many.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

#include "tests/server/store/example_rows.h"

namespace powerdown {

// Steps and revisions are first, first + 1 and so on. The loss is 9 at step 77,777, a spike.
inline void AddReports(const std::string& database_path, const std::string& run_id, int64_t first,
                       int64_t count) {
  SQLite::Database database(database_path, SQLite::OPEN_READWRITE);
  database.exec("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
                " UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " + std::to_string(first + count) +
                ") INSERT INTO reports (revision, run_id, attempt, step, time_unix_us, "
                "monotonic_us, train_loss, energy_joules) SELECT i, '" +
                run_id + "', 1, i, i * 1000, i, iif(i = 55555, 9.0, 1.0 / i), i * 0.5 FROM n");
  database.exec("UPDATE counters SET value = (SELECT max(revision) FROM reports)");
}

}  // namespace powerdown
