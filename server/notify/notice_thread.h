// Runs a Notifier beside the daemon's loop, since a receiver may be slow. Thread-safe.
#pragma once

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/notify/notifier.h"

namespace powerdown {

class NoticeThread {
 public:
  NoticeThread(Store* store, absl::Duration idle_after, NoticeSender sender, TellProblem tell);
  ~NoticeThread();  // a delivery that is under way gets a second

  void Tick(absl::Time now, bool is_idle);

 private:
  void Work();

  const NoticeSender sender_;
  Notifier notifier_;  // of the thread
  absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  bool is_idle_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace powerdown
