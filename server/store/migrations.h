// Numbered steps that bring a database file to the newest schema. Its version is PRAGMA
// user_version. For one thread at a time; throws SQLite::Exception, as all of SQLiteCpp does.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace powerdown {

struct Migration {
  int number;        // the version that it leads to; ascending by one from 1
  const char* name;  // "0001_runs"
  const char* sql;
};

// migrations/*.sql, in order.
const std::vector<Migration>& Migrations();

// Fails, having changed nothing, if a newer daemon or another program wrote the file.
absl::Status CheckSchema(SQLite::Database& database, const std::string& path,
                         const std::vector<Migration>& migrations);

// Applies what is missing, each migration in one transaction with its version.
void Migrate(SQLite::Database& database, const std::vector<Migration>& migrations);

}  // namespace powerdown
