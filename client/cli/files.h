// Files that a user names, read and written whole.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace powerdown {

// NotFound if it is not there; other errors name the file and the cause.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// Written aside and renamed: what was there stays until the new content is complete.
absl::Status WriteFile(const std::string& path, std::string_view content);

}  // namespace powerdown
