// Work done beside the daemon's loop, as it takes long or must not wait for what the loop waits
// for: called again and again until there is none, and looked for anew at every Tick. Thread-safe.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace powerdown {

class SideThread {
 public:
  // Does a part of its work, and returns whether it should be called again at once.
  using Work = std::function<bool()>;
  // `nice` as in setpriority, where the system has it for a thread: with 10, who is waited for gets
  // nine tenths of a core. With a period it looks for work so often without a Tick.
  explicit SideThread(std::vector<Work> works, int nice = 0,
                      absl::Duration period = absl::InfiniteDuration());
  ~SideThread();  // waits for the part that is under way

  void Tick();

 private:
  void Run();
  bool is_closed() const;

  const std::vector<Work> works_;
  const int nice_;
  const absl::Duration period_;
  mutable absl::Mutex mutex_;
  bool is_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace powerdown
