// The check of the whole database that `doctor` asks for. It takes seconds a gigabyte, so it runs
// beside whoever asks, on a connection of its own. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace powerdown {

class IntegrityCheck {
 public:
  explicit IntegrityCheck(std::string database) : database_(std::move(database)) {}

  struct Finding {
    std::optional<absl::Status> last;  // of the check that ended last; DataLoss: damaged
    bool is_under_way = false;         // one that began later has not ended
  };
  // Has Work check the file anew, unless it does already, and waits for that, at most `limit`.
  Finding Ask(absl::Duration limit);

  // On the thread that does what takes long: does the check that was asked for, if one was.
  void Work();
  // Work returns within some milliseconds, and what it was doing is never finished.
  void Stop() { is_stopped_ = true; }

 private:
  const std::string database_;
  std::atomic<bool> is_stopped_ = false;
  absl::Mutex mutex_;
  bool is_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t ended_ ABSL_GUARDED_BY(mutex_) = 0;  // checks
  std::optional<absl::Status> last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
