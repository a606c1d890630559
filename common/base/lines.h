// Reads text line by line. Pure.
#pragma once

#include <functional>
#include <string_view>

#include "absl/status/status.h"

namespace powerdown {

// Calls `take` with each line that is not empty, without its line end. The first error ends it and
// is returned as InvalidArgument "NAME:LINE: message".
absl::Status ForEachLine(std::string_view text, std::string_view name,
                         const std::function<absl::Status(std::string_view)>& take);

}  // namespace powerdown
