#include "server/meter/sysfs_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace powerdown {

absl::StatusOr<std::string> ReadSysfsText(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const std::string text = absl::StrCat(path, ": ", std::strerror(errno));
    return errno == EACCES || errno == EPERM ? absl::PermissionDeniedError(text)
                                             : absl::NotFoundError(text);
  }
  char buffer[128];
  const ssize_t count = read(file, buffer, sizeof(buffer) - 1);
  const int error = errno;
  close(file);
  if (count < 0) return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(error)));
  return std::string(absl::StripAsciiWhitespace({buffer, static_cast<size_t>(count)}));
}

absl::StatusOr<int64_t> ReadSysfsNumber(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadSysfsText(path));
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) {
    return absl::DataLossError(absl::StrCat(path, ": \"", text, "\" is not a number"));
  }
  return number;
}

}  // namespace powerdown
