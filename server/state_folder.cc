#include "server/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

absl::Status CreateForUserAlone(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return absl::OkStatus();
  std::filesystem::create_directories(path, error);
  if (!error) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (!error) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("cannot create the state folder ", path, ": ",
                                                  error.message(),
                                                  "; choose another with --state-dir"));
}

absl::Status InUse(const std::string& path, int lock) {
  char holder[32] = "";
  if (pread(lock, holder, sizeof(holder) - 1, 0) < 0) holder[0] = 0;
  return absl::FailedPreconditionError(absl::StrCat("state folder ", path,
                                                    " is in use by another powerdownd (pid ",
                                                    absl::StripAsciiWhitespace(holder), ")"));
}

}  // namespace

absl::StatusOr<StateFolder> StateFolder::Lock(const std::string& path) {
  std::error_code ignored;
  const std::string absolute = std::filesystem::absolute(path, ignored).lexically_normal();
  if (absl::Status created = CreateForUserAlone(absolute); !created.ok()) return created;
  const std::string file = absolute + "/lock";
  // Close-on-exec: a worker that outlives the daemon must not keep the folder locked.
  const int lock = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return absl::PermissionDeniedError(absl::StrCat("cannot write the state folder ", absolute,
                                                    ": ", strerror(errno),
                                                    "; choose another with --state-dir"));
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const absl::Status in_use = InUse(absolute, lock);
    close(lock);
    return in_use;
  }
  StateFolder folder(absolute, lock);
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(lock, 0) != 0 || pwrite(lock, pid.data(), pid.size(), 0) < 0) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot write ", file, ": ", strerror(errno)));
  }
  return folder;
}

StateFolder::~StateFolder() {
  if (lock_ >= 0) close(lock_);
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

}  // namespace powerdown
