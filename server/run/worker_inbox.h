// Keeps what one worker says until the queue's next tick. Thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/run/live_models.h"
#include "server/run/worker.h"

namespace powerdown {

class WorkerInbox : public WorkerObserver {
 public:
  struct Content {
    std::vector<std::string> lines;
    std::optional<WorkerExit> exit;
  };

  // Answers go to `live` at once. Call it before the worker starts.
  void SetLiveModels(LiveModels* live) { live_ = live; }
  void OnLine(const std::string& line) override {
    if (live_ != nullptr && live_->TakeLine(line)) return;
    absl::MutexLock lock(&mutex_);
    // While the inbox is full, the pipe fills and the worker waits: nothing is lost, and memory is
    // bounded.
    mutex_.Await(absl::Condition(this, &WorkerInbox::HasRoom));
    lines_.push_back(line);
  }
  void OnExit(const WorkerExit& exit) override {
    absl::MutexLock lock(&mutex_);
    exit_ = exit;
  }
  // An exit comes together with the last lines before it, or after them.
  Content Take() {
    absl::MutexLock lock(&mutex_);
    Content content{{lines_.begin(), lines_.end()}, exit_};
    lines_.clear();
    return content;
  }
  // Lets a waiting reader go on so that it can end.
  void Close() {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
  }

 private:
  static constexpr size_t kMostLines = 20000;
  bool HasRoom() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return is_closed_ || lines_.size() < kMostLines;
  }

  LiveModels* live_ = nullptr;
  absl::Mutex mutex_;
  std::deque<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  std::optional<WorkerExit> exit_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace powerdown
