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
#include "common/platform/files.h"

namespace powerdown {
namespace {

absl::Status CreateForUserAlone(const std::string& path) {
  const absl::Status made = MakePrivateFolder(path);
  if (made.ok()) return made;
  return absl::PermissionDeniedError(
      absl::StrCat(made.message(), "; choose another state folder with --state-dir"));
}

absl::Status InUse(const std::string& path, const Descriptor& lock) {
  char holder[32] = "";
  if (pread(lock.number(), holder, sizeof(holder) - 1, 0) < 0) holder[0] = 0;
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
  Descriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open()) {
    return absl::PermissionDeniedError(absl::StrCat("cannot write the state folder ", absolute,
                                                    ": ", strerror(errno),
                                                    "; choose another with --state-dir"));
  }
  if (flock(lock.number(), LOCK_EX | LOCK_NB) != 0) return InUse(absolute, lock);
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(lock.number(), 0) != 0 || pwrite(lock.number(), pid.data(), pid.size(), 0) < 0) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot write ", file, ": ", strerror(errno)));
  }
  return StateFolder(absolute, std::move(lock));
}

}  // namespace powerdown
