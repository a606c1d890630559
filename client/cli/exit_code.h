// The exit codes that docs/interface.md promises. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace powerdown {

enum class ExitCode {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kNotAllowed = 4,
  kCannotReach = 5,
  kRunFailed = 6,
  kTimedOut = 7,
};

ExitCode ExitCodeOf(const absl::Status& status);

// "powerdown: <message>" and a newline; one line, even if the message has several.
std::string ErrorLine(const absl::Status& status);

}  // namespace powerdown
