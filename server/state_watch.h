// Looks whether the files that the running daemon depends on are still those that it opened: its
// database, its socket and its state folder. For one thread at a time, but for problems().
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace powerdown {

class StateWatch {
 public:
  // Often enough that a person who deleted a file is still there.
  static constexpr absl::Duration kPeriod = absl::Seconds(1);

  // `rebind` listens anew on the socket's path; called by Look.
  StateWatch(const std::string& state_dir, const std::string& database, const std::string& socket,
             std::function<absl::Status()> rebind);

  // The first call notes which files there are. Later, once a period at most, it looks again: true
  // if something has changed. A socket that is gone is made again, unless its folder is gone too.
  bool Look(absl::Duration now);  // monotonic
  // One line each, with what to do; empty: all is in its place.
  std::vector<std::string> problems() const;
  bool has_lost_database() const;  // or the folder with it

 private:
  enum Place { kFolder, kDatabase, kSocket };
  struct File {
    std::string path;
    std::string problem;  // after its path
    bool holds_database = false;
    dev_t device = 0;
    ino_t inode = 0;
    bool is_lost = false;
  };

  void LookAtFiles(bool is_first);
  void RebindSocket();

  const std::string state_dir_;
  const std::function<absl::Status()> rebind_;
  absl::Duration looked_at_ = -absl::InfiniteDuration();
  mutable absl::Mutex mutex_;
  std::vector<File> files_ ABSL_GUARDED_BY(mutex_);  // in the order of Place
};

}  // namespace powerdown
