#include "server/notify/notice_thread.h"

#include <utility>

namespace powerdown {
namespace {

constexpr absl::Duration kEndGrace = absl::Seconds(1);  // a delivery usually takes less

}  // namespace

NoticeThread::NoticeThread(Store* store, absl::Duration idle_after, NoticeSender sender,
                           TellProblem tell)
    : sender_(std::move(sender)),
      notifier_(store, idle_after, sender_.send, std::move(tell)),
      thread_([this] { Work(); }) {}

NoticeThread::~NoticeThread() {
  {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
    mutex_.AwaitWithTimeout(absl::Condition(&has_ended_), kEndGrace);
  }
  sender_.stop();
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
      has_ended_ = is_closed_;
      if (has_ended_) return;
      is_due_ = false;
      now = now_;
      is_idle = is_idle_;
    }
    notifier_.Deliver(now, is_idle);
  }
}

}  // namespace powerdown
