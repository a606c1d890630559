// The daemon's folder, locked while it lives: two daemons on one database would start runs twice.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace powerdown {

// Movable; unlocks when it goes away.
class StateFolder {
 public:
  // Creates it for its user alone where needed. FailedPrecondition names the process that has it.
  static absl::StatusOr<StateFolder> Lock(const std::string& path);
  ~StateFolder();
  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&&) = delete;

  const std::string& path() const { return path_; }

 private:
  StateFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

}  // namespace powerdown
