#include "server/state_watch.h"

#include <sys/stat.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace powerdown {

StateWatch::StateWatch(const std::string& state_dir, const std::string& database,
                       const std::string& socket) {
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
      {socket,
       " was removed while the daemon runs: no new command on this box reaches it; restart the "
       "daemon",
       false}};
}

bool StateWatch::Look(absl::Duration now) {
  if (now - looked_at_ < kPeriod) return false;
  const bool is_first = looked_at_ == -absl::InfiniteDuration();
  looked_at_ = now;
  bool has_changed = false;
  absl::MutexLock lock(&mutex_);
  for (File& file : files_) {
    struct stat status = {};
    const bool is_there = stat(file.path.c_str(), &status) == 0;
    if (is_first) {
      file.device = status.st_dev;
      file.inode = status.st_ino;
    }
    const bool is_lost = !is_there || status.st_dev != file.device || status.st_ino != file.inode;
    has_changed = has_changed || is_lost != file.is_lost;
    file.is_lost = is_lost;
  }
  return has_changed;
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
