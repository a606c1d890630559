// Numbers by name that outlive the daemon. Each call commits before it returns. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace powerdown {

class DatabaseFile;

class CounterTable {
 public:
  explicit CounterTable(DatabaseFile& file) : file_(file) {}

  absl::StatusOr<std::optional<int64_t>> Find(const std::string& name) const;
  absl::Status Put(const std::string& name, int64_t value);

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
