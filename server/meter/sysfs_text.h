// The small text files of sysfs. Thread-safe: only reads files.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace powerdown {

// The first 127 bytes without white space around them. PermissionDenied, NotFound, or Unavailable
// where the driver refuses a read; the message begins with the path.
absl::StatusOr<std::string> ReadSysfsText(const std::string& path);
// DataLoss if it is no whole number.
absl::StatusOr<int64_t> ReadSysfsNumber(const std::string& path);

}  // namespace powerdown
