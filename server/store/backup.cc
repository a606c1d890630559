#include "server/store/backup.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "server/store/database_connection.h"
#include "server/store/migrations.h"
#include "server/store/sqlite_status.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyMilliseconds = 2000;
constexpr int kInstructionsBetweenLooks = 100000;  // of SQLite's machine: about a millisecond

std::string StagedPath(const std::string& database) {
  return database + ".restore";
}

absl::Status FileError(const std::string& path, const std::error_code& error) {
  const std::string text = absl::StrCat(path, ": ", error.message());
  return error == std::errc::no_space_on_device ? absl::ResourceExhaustedError(text)
                                                : absl::InternalError(text);
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".db") names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status CheckIn(SQLite::Database& database, const std::string& path) {
  const std::string found = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (found == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, " is damaged: ", found));
}

// Opens the file, so it is also a check that it is a database of ours.
absl::StatusOr<Backup> Describe(const std::string& path) {
  Backup backup{.name = fs::path(path).filename(), .path = path};
  RETURN_IF_ERROR(StopExceptions(path, nullptr, [&] {
    SQLite::Database database(path, SQLite::OPEN_READONLY, kBusyMilliseconds);
    return StopExceptions(path, &database, [&] {
      RETURN_IF_ERROR(CheckIn(database, path));
      RETURN_IF_ERROR(CheckSchema(database, path, Migrations()));
      backup.runs = database.execAndGet("SELECT count(*) FROM runs").getInt64();
      return absl::OkStatus();
    });
  }));
  std::error_code error;
  backup.bytes = static_cast<int64_t>(fs::file_size(path, error));
  if (error) return FileError(path, error);
  return backup;
}

absl::Status Copy(const std::string& from, const std::string& to) {
  return StopExceptions(to, nullptr, [&] {
    SQLite::Database source(from, SQLite::OPEN_READONLY, kBusyMilliseconds);
    SQLite::Database copy(to, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    return StopExceptions(to, &copy, [&] {
      SQLite::Backup(copy, source).executeStep(-1);
      // The source's mode is copied with it; a file that lies still needs no log.
      copy.exec("PRAGMA journal_mode = DELETE");
      return absl::OkStatus();
    });
  });
}

absl::Status RenameIfThere(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error && error != std::errc::no_such_file_or_directory) return FileError(from, error);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Backup> CreateBackup(const std::string& database, const std::string& folder,
                                    const std::string& name) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return FileError(folder, error);
  const std::string path = absl::StrCat(folder, "/", name);
  if (fs::exists(path, error))
    return absl::AlreadyExistsError(absl::StrCat(path, " already exists"));
  const std::string part = path + ".part";
  fs::remove(part, error);
  const absl::Status copied = Copy(database, part);
  if (!copied.ok()) {
    fs::remove(part, error);
    return copied;
  }
  RETURN_IF_ERROR(RenameIfThere(part, path));
  return Describe(path);
}

absl::StatusOr<Backup> FindBackup(const std::string& folder, const std::string& name) {
  const std::vector<std::string> names = NamesIn(folder);
  // Only what the folder holds: a name from a client never becomes a path elsewhere.
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return absl::NotFoundError(absl::StrCat(
        "backup ", name, " not found; ",
        names.empty() ? std::string("there are no backups")
                      : absl::StrCat("existing backups: ", absl::StrJoin(names, ", "))));
  }
  return Describe(absl::StrCat(folder, "/", name));
}

absl::StatusOr<Backup> StageRestore(const std::string& database, const std::string& folder,
                                    const std::string& name, const NewAnswer& answer) {
  ASSIGN_OR_RETURN(Backup backup, FindBackup(folder, name));
  const std::string part = StagedPath(database) + ".part";
  std::error_code error;
  fs::copy_file(backup.path, part, fs::copy_options::overwrite_existing, error);
  if (error) return FileError(part, error);
  RETURN_IF_ERROR(StopExceptions(part, nullptr, [&] {
    DatabaseConnection copy(part, SQLite::OPEN_READWRITE);
    return StopExceptions(part, &copy, [&] {
      Remember(copy, answer);
      return absl::OkStatus();
    });
  }));
  RETURN_IF_ERROR(RenameIfThere(part, StagedPath(database)));
  return backup;
}

absl::StatusOr<bool> TakeRestored(const std::string& database) {
  const std::string staged = StagedPath(database);
  std::error_code error;
  if (!fs::exists(staged, error)) return false;
  // The log first: beside another database it would be taken for that one's.
  for (const char* suffix : {"-wal", "-shm", ""}) {
    RETURN_IF_ERROR(
        RenameIfThere(database + suffix, absl::StrCat(database, ".before-restore", suffix)));
  }
  RETURN_IF_ERROR(RenameIfThere(staged, database));
  return true;
}

absl::Status CheckIntegrity(const std::string& database, const std::atomic<bool>* is_stopped) {
  return StopExceptions(database, nullptr, [&] {
    SQLite::Database file(database, SQLite::OPEN_READONLY, kBusyMilliseconds);
    sqlite3_progress_handler(
        file.getHandle(), kInstructionsBetweenLooks,
        [](void* stopped) {
          const auto* is_stopped = static_cast<const std::atomic<bool>*>(stopped);
          return is_stopped != nullptr && *is_stopped ? 1 : 0;
        },
        const_cast<std::atomic<bool>*>(is_stopped));
    return StopExceptions(database, &file, [&] { return CheckIn(file, database); });
  });
}

}  // namespace powerdown
