// Reads command lines from stdin on a thread of its own, so that training can look without waiting.
// Thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/worker_lines.h"

namespace powerdown {

class CommandInput {
 public:
  // Begins to read. The thread ends with the input, or with the process.
  explicit CommandInput(int descriptor);
  // The next command, waiting for it; nullopt when the input has ended.
  std::optional<WorkerCommand> Wait();
  // The next command if one is there.
  std::optional<WorkerCommand> Take();
  // Whether the asker of this request has gone. A cancellation is no command that can be taken: it
  // holds as soon as it is read.
  bool IsCancelled(int64_t request);
  bool has_ended();  // the daemon is gone, and all its commands were taken

 private:
  void Read(int descriptor);
  void Note(WorkerCommand command);
  bool IsReady() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return has_ended_ || !commands_.empty();
  }

  absl::Mutex mutex_;
  std::deque<WorkerCommand> commands_ ABSL_GUARDED_BY(mutex_);
  std::set<int64_t> cancelled_ ABSL_GUARDED_BY(mutex_);  // the last few
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace powerdown
