// Pictures as PNG files.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/cli/terminal/grid_picture.h"

namespace powerdown {

// Replaces the file. FailedPrecondition if it cannot be written.
absl::Status WritePng(const std::string& path, const Picture& picture);

}  // namespace powerdown
