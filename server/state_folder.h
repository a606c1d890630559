// The daemon's folder, locked while it lives: two daemons on one database would start runs twice.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/platform/descriptor.h"

namespace powerdown {

// Movable; unlocks when it goes away.
class StateFolder {
 public:
  // Creates the folder, for its owner only, if it is missing. FailedPrecondition names the process
  // that holds the lock.
  static absl::StatusOr<StateFolder> Lock(const std::string& path);
  const std::string& path() const { return path_; }

 private:
  StateFolder(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor lock_;
};

}  // namespace powerdown
