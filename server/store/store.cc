#include "server/store/store.h"

#include <SQLiteCpp/Backup.h>

#include <filesystem>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/store/database_file.h"

namespace powerdown {

Store::Store(std::unique_ptr<DatabaseFile> file) : file_(std::move(file)) {}

Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(StoreOptions options) {
  ASSIGN_OR_RETURN(auto file, DatabaseFile::Open(std::move(options)));
  return absl::WrapUnique(new Store(std::move(file)));
}

absl::Status Store::CopyTo(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return absl::AlreadyExistsError(absl::StrCat(path, " already exists"));
  }
  return file_->ReadFromWriter([&](DatabaseConnection& database) -> absl::Status {
    SQLite::Database copy(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup(copy, database).executeStep(-1);
    // The source's mode is copied with it; a file that lies still needs no log.
    copy.exec("PRAGMA journal_mode = DELETE");
    return absl::OkStatus();
  });
}

}  // namespace powerdown
