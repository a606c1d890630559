#include "server/store/migrations.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Transaction.h>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

// "PWDN", set by the first migration; tells our files from other programs' SQLite files.
constexpr int kApplicationId = 0x5057444E;

int ReadNumber(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt();
}

int SchemaVersion(SQLite::Database& database) {
  return ReadNumber(database, "PRAGMA user_version");
}

}  // namespace

const std::vector<Migration>& Migrations() {
  static const auto& migrations = *new std::vector<Migration>{
#include "migrations.inc"
  };
  return migrations;
}

absl::Status CheckSchema(SQLite::Database& database, const std::string& path,
                         const std::vector<Migration>& migrations) {
  const bool is_empty = ReadNumber(database, "SELECT count(*) FROM sqlite_schema") == 0;
  if (!is_empty && ReadNumber(database, "PRAGMA application_id") != kApplicationId) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " belongs to another program; move the file away, or choose another folder "
                     "with --state-dir"));
  }
  const int version = SchemaVersion(database);
  const int newest = migrations.empty() ? 0 : migrations.back().number;
  if (version > newest) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " was written by a newer PowerDown (schema ", version, "; this version knows up to ",
        newest, "); update powerdownd, or choose another folder with --state-dir"));
  }
  return absl::OkStatus();
}

void Migrate(SQLite::Database& database, const std::vector<Migration>& migrations) {
  for (const Migration& migration : migrations) {
    if (SchemaVersion(database) >= migration.number) continue;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    // Another process may have applied it while this one waited for the lock.
    if (SchemaVersion(database) >= migration.number) continue;
    database.exec(migration.sql);
    database.exec(absl::StrCat("PRAGMA user_version = ", migration.number));
    transaction.commit();
  }
}

}  // namespace powerdown
