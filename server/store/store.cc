#include "server/store/store.h"

#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status.h"
#include "server/store/database_file.h"

namespace powerdown {

Store::Store(std::unique_ptr<DatabaseFile> file) : file_(std::move(file)) {}

Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(StoreOptions options) {
  ASSIGN_OR_RETURN(auto file, DatabaseFile::Open(std::move(options)));
  return absl::WrapUnique(new Store(std::move(file)));
}

}  // namespace powerdown
