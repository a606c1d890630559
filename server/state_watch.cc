#include "server/state_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

constexpr char kSocketIsGone[] =
    " was removed while the daemon runs: no new command on this box reaches it";

}  // namespace

StateWatch::StateWatch(const std::string& state_dir, const std::string& database,
                       const std::string& socket, std::function<absl::Status()> rebind)
    : state_dir_(state_dir), rebind_(std::move(rebind)) {
  absl::MutexLock lock(&mutex_);
  files_ = {
      {state_dir,
       " was moved or deleted while the daemon runs: nothing can be kept there; put the folder "
       "back, "
       "or stop the daemon and start it with --state-dir",
       true},
      {database,
       " was deleted or replaced while the daemon runs: no run starts, and the daemon puts its own "
       "copy back when it is stopped (powerdownd, SIGTERM)",
       true},
      {socket, kSocketIsGone, false}};
}

bool StateWatch::Look(absl::Duration now) {
  if (now - looked_at_ < kPeriod) return false;
  const bool is_first = looked_at_ == -absl::InfiniteDuration();
  looked_at_ = now;
  const std::vector<std::string> before = problems();
  LookAtFiles(is_first);
  RebindSocket();
  return problems() != before;
}

void StateWatch::LookAtFiles(bool is_first) {
  absl::MutexLock lock(&mutex_);
  for (File& file : files_) {
    struct stat status = {};
    const bool is_there = stat(file.path.c_str(), &status) == 0;
    if (is_first) {
      file.device = status.st_dev;
      file.inode = status.st_ino;
    }
    file.is_lost = !is_there || status.st_dev != file.device || status.st_ino != file.inode;
  }
}

void StateWatch::RebindSocket() {
  std::string path;
  {
    absl::MutexLock lock(&mutex_);
    if (!files_[kSocket].is_lost) return;
    path = files_[kSocket].path;
    const bool is_in_folder = absl::StartsWith(path, absl::StrCat(state_dir_, "/"));
    files_[kSocket].problem =
        absl::StrCat(kSocketIsGone, "; it is made again once its folder is back");
    if (is_in_folder && files_[kFolder].is_lost) return;
  }
  const absl::Status bound = rebind_();
  struct stat status = {};
  const bool is_there = bound.ok() && stat(path.c_str(), &status) == 0;
  absl::MutexLock lock(&mutex_);
  File& socket = files_[kSocket];
  socket.problem = absl::StrCat(kSocketIsGone, ", as it cannot be made again (", bound.message(),
                                "); end what is in the way, or restart the daemon");
  if (!is_there) return;
  socket.device = status.st_dev;
  socket.inode = status.st_ino;
  socket.is_lost = false;
}

std::vector<std::string> StateWatch::problems() const {
  std::vector<std::string> problems;
  absl::MutexLock lock(&mutex_);
  for (const File& file : files_) {
    if (file.is_lost) problems.push_back(absl::StrCat(file.path, file.problem));
  }
  return problems;
}

bool StateWatch::has_lost_database() const {
  absl::MutexLock lock(&mutex_);
  return std::any_of(files_.begin(), files_.end(),
                     [](const File& file) { return file.is_lost && file.holds_database; });
}

}  // namespace powerdown
