#include "server/side_thread.h"

#include <sys/resource.h>

#include <utility>

namespace powerdown {

SideThread::SideThread(std::vector<Work> works, int nice, absl::Duration period)
    : works_(std::move(works)), nice_(nice), period_(period), thread_([this] { Run(); }) {}

SideThread::~SideThread() {
  {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
  }
  thread_.join();
}

void SideThread::Tick() {
  absl::MutexLock lock(&mutex_);
  is_due_ = true;
}

bool SideThread::is_closed() const {
  absl::MutexLock lock(&mutex_);
  return is_closed_;
}

void SideThread::Run() {
#ifdef __linux__
  if (nice_ != 0) setpriority(PRIO_PROCESS, 0, nice_);
#endif
  const auto has_work = [this] {
    mutex_.AssertHeld();
    return is_closed_ || is_due_;
  };
  for (;;) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&has_work), period_);
      if (is_closed_) return;
      is_due_ = false;
    }
    for (const Work& work : works_) {
      while (!is_closed() && work()) {
      }
    }
  }
}

}  // namespace powerdown
