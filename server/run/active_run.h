// A run that has a worker: what the queue knows of it between two ticks.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/run/run.h"
#include "common/run/worker_lines.h"
#include "server/run/live_models.h"
#include "server/run/worker.h"

namespace powerdown {

// Notes what a worker says until the queue's next tick. Thread-safe.
class WorkerInbox : public WorkerObserver {
 public:
  struct Exit {
    bool was_clean = false;
    std::string description;
  };
  struct Content {
    std::vector<std::string> lines;
    std::optional<Exit> exit;
  };

  // Answers go to `live` at once; before the worker starts.
  void SetLiveModels(LiveModels* live) { live_ = live; }
  void OnLine(const std::string& line) override {
    if (live_ != nullptr && live_->TakeLine(line)) return;
    absl::MutexLock lock(&mutex_);
    // The pipe then fills and the worker waits: nothing is lost, and memory is bounded.
    mutex_.Await(absl::Condition(this, &WorkerInbox::HasRoom));
    lines_.push_back(line);
  }
  void OnExit(bool was_clean, const std::string& description) override {
    absl::MutexLock lock(&mutex_);
    exit_ = Exit{was_clean, description};
  }
  // Lines first: an exit is told only together with, or after, all that was said before it.
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
  std::optional<Exit> exit_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
};

// Why a worker was asked to end, the weakest first.
enum class EndReason { kNone, kShutdown, kBudget, kPause, kStop, kCancel };

struct ActiveRun {
  Run run;
  Attempt attempt;
  std::string log_file;
  std::string consumer;
  std::optional<Joules> earlier_energy;  // booked to earlier attempts
  Joules charged;                        // of this attempt, to its owner's share
  Joules charged_today;                  // of that, since its day began
  absl::CivilDay charged_on;
  bool is_warned = false;                // 80% of its budget are used
  std::deque<WorkerLine> waiting_lines;  // later than the last tick's time
  std::optional<WorkerInbox::Exit> exit;
  std::optional<EndedLine> ended;
  EndReason end_reason = EndReason::kNone;
  std::string used_up;                    // which budget, of EndReason::kBudget
  std::optional<absl::Duration> kill_at;  // monotonic
  std::string failure;                    // why the queue itself gave this worker up
  bool is_dirty = false;                  // its rows are behind
  std::unique_ptr<WorkerInbox> inbox = std::make_unique<WorkerInbox>();
  std::unique_ptr<Worker> worker;  // destroyed before its inbox
};

}  // namespace powerdown
