#include "server/database_rescue.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

std::string RescuedPath(const std::string& database) {
  return database + ".rescued";
}

}  // namespace

void DatabaseRescue::Take(Store& store, const std::string& database) {
  const std::string path = RescuedPath(database);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);  // of an earlier time
  const absl::Status copied = store.CopyTo(path);
  if (copied.ok()) {
    database_ = database;
  } else {
    spdlog::error("the database could not be put back: {}", std::string(copied.message()));
  }
}

DatabaseRescue::~DatabaseRescue() {
  if (database_.empty()) return;
  std::error_code error;
  if (std::filesystem::exists(database_, error)) {
    spdlog::error("another file is at {}; what this daemon stored is in {}", database_,
                  RescuedPath(database_));
    return;
  }
  // Logs of the deleted file would be taken for this one's.
  for (const char* suffix : {"-wal", "-shm"}) {
    std::filesystem::remove(absl::StrCat(database_, suffix), error);
  }
  std::filesystem::rename(RescuedPath(database_), database_, error);
  if (!error) spdlog::warn("the database is back at {}", database_);
}

}  // namespace powerdown
