#include "common/platform/system_error.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "common/base/text.h"

namespace powerdown {
namespace {

struct Meaning {
  absl::StatusCode code;
  const char* remedy;
};

Meaning MeaningOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:  // no such file
      return {absl::StatusCode::kNotFound, ""};
    case EACCES:
    case EPERM:
      return {absl::StatusCode::kPermissionDenied, "; check its owner and mode"};
    case EROFS:
      return {absl::StatusCode::kUnavailable, "; choose another folder"};
    case ENOSPC:
    case EDQUOT:
      return {absl::StatusCode::kResourceExhausted, "; free some space"};
    case EFBIG:
      return {absl::StatusCode::kResourceExhausted, "; raise the limit (ulimit -f)"};
    default:
      return {absl::StatusCode::kUnavailable, ""};
  }
}

}  // namespace

absl::Status SystemError(std::string_view what, int error) {
  const Meaning meaning = MeaningOf(error);
  return absl::Status(meaning.code, AbslView(Concat(what, ": ", std::strerror(error),
                                                    std::string_view(meaning.remedy))));
}

}  // namespace powerdown
