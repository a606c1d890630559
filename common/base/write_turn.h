// Lets one caller at a time change something that takes long, as a write to the disk does. The
// others wait for their turn, those who asked for a limit no longer than that. Thread-safe.
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/hot_mutex.h"

namespace powerdown {

class ABSL_LOCKABLE WriteTurn {
 public:
  void Take() ABSL_EXCLUSIVE_LOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    TakeWithin(absl::InfiniteDuration());
  }
  // False if it was not free for so long.
  bool TakeWithin(absl::Duration limit) ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    MayWait();
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(this, &WriteTurn::IsFree), limit)) return false;
    is_taken_ = true;
    return true;
  }
  // For lambdas of whoever has it; checks nothing.
  void AssertTaken() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}
  void Give() ABSL_UNLOCK_FUNCTION() {
    absl::MutexLock lock(&mutex_);
    is_taken_ = false;
  }

 private:
  bool IsFree() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !is_taken_; }

  absl::Mutex mutex_;
  bool is_taken_ ABSL_GUARDED_BY(mutex_) = false;
};

// Gives a turn back that was taken.
class ABSL_SCOPED_LOCKABLE HeldTurn {
 public:
  explicit HeldTurn(WriteTurn* turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn) : turn_(*turn) {}
  ~HeldTurn() ABSL_UNLOCK_FUNCTION() { turn_.Give(); }
  HeldTurn(const HeldTurn&) = delete;
  HeldTurn& operator=(const HeldTurn&) = delete;

 private:
  WriteTurn& turn_;
};

}  // namespace powerdown
