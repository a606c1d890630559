#include "client/cli/exit_code.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kDone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kUsage;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return ExitCode::kNotAllowed;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kCannotReach;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kTimedOut;
    default:
      return ExitCode::kFailed;
  }
}

std::string ErrorLine(const absl::Status& status) {
  const std::string message = status.message().empty() ? absl::StatusCodeToString(status.code())
                                                       : std::string(status.message());
  const std::string line = absl::StrReplaceAll(message, {{"\r", ""}, {"\n", " "}});
  return Concat("powerdown: ", Printable(StdView(absl::StripAsciiWhitespace(line))), "\n");
}

}  // namespace powerdown
