// Failures of the operating system as statuses, with words that a user can act on. Thread-safe.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace powerdown {

// "<what>: <text of the error number>; <what to do>", where there is something to do. NotFound,
// PermissionDenied, ResourceExhausted (no space or quota left, file too large), else Unavailable.
absl::Status SystemError(std::string_view what, int error);

}  // namespace powerdown
