#include "server/store/database_file.h"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/store/migrations.h"

namespace powerdown {
namespace {

// Each connection is guarded by a mutex of ours, so SQLite's own are not needed.
const int kOpenFlags = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;

// A commit returns when its rows are on the disk, and readers never wait for it.
absl::Status MakeDurable(DatabaseConnection& database, const std::string& path) {
  const std::string mode = database.execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal" && path != ":memory:") {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": the file system does not support a write-ahead log (journal mode is ",
                     mode, "); set --state-dir to a folder on a local disk"));
  }
  database.exec("PRAGMA synchronous = FULL");
  return absl::OkStatus();
}

}  // namespace

DatabaseFile::DatabaseFile(StoreOptions options) : options_(std::move(options)) {}

absl::StatusOr<std::unique_ptr<DatabaseFile>> DatabaseFile::Open(StoreOptions options) {
  auto file = absl::WrapUnique(new DatabaseFile(std::move(options)));
  RETURN_IF_ERROR(StopExceptions(file->options_.path, nullptr, [&] { return file->Connect(); }));
  return file;
}

absl::Status DatabaseFile::Connect() {
  const int timeout = static_cast<int>(absl::ToInt64Milliseconds(options_.busy_timeout));
  const std::string& path = options_.path;
  absl::MutexLock write_lock(&write_mutex_);
  writer_ = std::make_unique<DatabaseConnection>(path, kOpenFlags, timeout);
  DatabaseConnection& database = *writer_;
  return StopExceptions(path, &database, [&] {
    // Before anything is written: the file may be another's, or a newer daemon's.
    RETURN_IF_ERROR(CheckSchema(database, path, Migrations()));
    // SQLite quietly opens a file for reading when it may not write it.
    if (sqlite3_db_readonly(database.getHandle(), "main") == 1) {
      return absl::PermissionDeniedError(
          absl::StrCat("cannot write ", path, ": no permission for the file"));
    }
    if (options_.max_pages > 0) {
      database.exec(absl::StrCat("PRAGMA max_page_count = ", options_.max_pages));
    }
    RETURN_IF_ERROR(MakeDurable(database, path));
    database.exec("PRAGMA foreign_keys = ON");
    Migrate(database, Migrations());
    if (path == ":memory:") return absl::OkStatus();
    const auto open_reader = [&] {
      auto connection = std::make_unique<DatabaseConnection>(path, kOpenFlags, timeout);
      connection->exec("PRAGMA query_only = ON");
      return connection;
    };
    absl::MutexLock read_lock(&read_mutex_);
    reader_ = open_reader();
    for (size_t i = 0; i < kLongReads; ++i) PutAside(open_reader());
    return absl::OkStatus();
  });
}

std::unique_ptr<DatabaseConnection> DatabaseFile::TakeAside() const {
  const auto is_one_free = [this] {
    aside_mutex_.AssertHeld();
    return !asides_.empty();
  };
  absl::MutexLock lock(&aside_mutex_);
  aside_mutex_.Await(absl::Condition(&is_one_free));
  std::unique_ptr<DatabaseConnection> database = std::move(asides_.back());
  asides_.pop_back();
  return database;
}

void DatabaseFile::PutAside(std::unique_ptr<DatabaseConnection> database) const {
  absl::MutexLock lock(&aside_mutex_);
  asides_.push_back(std::move(database));
}

}  // namespace powerdown
