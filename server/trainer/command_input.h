// Reads command lines on a thread of its own, so that training can look for them without waiting.
// Thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/run/worker_lines.h"

namespace powerdown {

class CommandInput {
 public:
  // Begins to read. The thread ends with the input, or with the process.
  explicit CommandInput(int descriptor);
  // The next command, waiting for it; nullopt when the input has ended.
  std::optional<WorkerCommand> Wait();
  // The next command if one is there.
  std::optional<WorkerCommand> Take();
  // Whether the client that asked this has gone. Wait and Take never return a cancellation: it
  // takes effect as soon as it is read.
  bool IsCancelled(int64_t request);
  bool has_ended();  // the daemon is gone, and all its commands were taken

 private:
  struct Received {
    absl::Mutex mutex;
    std::deque<WorkerCommand> commands ABSL_GUARDED_BY(mutex);
    std::set<int64_t> cancelled ABSL_GUARDED_BY(mutex);  // the last few
    bool has_ended ABSL_GUARDED_BY(mutex) = false;
    void Note(WorkerCommand command);
    bool IsReady() const ABSL_SHARED_LOCKS_REQUIRED(mutex) {
      return has_ended || !commands.empty();
    }
  };
  static void Read(int descriptor, Received& received);

  // Shared with the reading thread, which nothing can wake and which may outlive this.
  const std::shared_ptr<Received> received_ = std::make_shared<Received>();
};

}  // namespace powerdown
