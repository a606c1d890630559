#include "server/notify/notice_thread.h"

#include <utility>

namespace powerdown {

NoticeThread::NoticeThread(Store* store, absl::Duration idle_after, SendNotice send,
                           TellProblem tell)
    : notifier_(store, idle_after, std::move(send), std::move(tell)), thread_([this] { Work(); }) {}

NoticeThread::~NoticeThread() {
  {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
  }
  thread_.join();
}

void NoticeThread::Tick(absl::Time now, bool is_idle) {
  absl::MutexLock lock(&mutex_);
  now_ = now;
  is_idle_ = is_idle;
  is_due_ = true;
}

void NoticeThread::Work() {
  const auto has_work = [this] {
    mutex_.AssertHeld();
    return is_closed_ || is_due_;
  };
  for (;;) {
    absl::Time now;
    bool is_idle = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (is_closed_) return;
      is_due_ = false;
      now = now_;
      is_idle = is_idle_;
    }
    notifier_.Deliver(now, is_idle);
  }
}

}  // namespace powerdown
