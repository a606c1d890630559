#include "server/access/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

absl::Status CannotWrite(const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot write ", path, ": ", strerror(error));
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(text);
  return absl::PermissionDeniedError(text);
}

bool WriteAll(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(file, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(file) == 0;
}

}  // namespace

absl::Status WriteSecretFile(const std::string& path, const std::string& content) {
  const std::string aside = absl::StrCat(path, ".", getpid(), ".new");
  unlink(aside.c_str());
  const int file = open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return CannotWrite(path, errno);
  const bool is_written = WriteAll(file, content);
  const int error = errno;
  close(file);
  if (is_written && rename(aside.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int cause = is_written ? errno : error;
  unlink(aside.c_str());
  return CannotWrite(path, cause);
}

}  // namespace powerdown
