// A mutex over what is in memory: who holds one waits for nothing else, be it disk, pipe, driver or
// process, so that nobody waits behind those.
//
// What may wait says so with MayWait(). Where assertions are compiled in, that ends the program
// when the calling thread holds a HotMutex: a test finds what breaks the rule.
#pragma once

#include <cassert>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace powerdown {

inline thread_local int held_hot_mutexes = 0;  // by this thread

inline void MayWait() {
  assert(held_hot_mutexes == 0 && "waits while it holds a HotMutex");
}

class ABSL_LOCKABLE HotMutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    mutex_.Lock();
    ++held_hot_mutexes;
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    --held_hot_mutexes;
    mutex_.Unlock();
  }
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() { mutex_.AssertHeld(); }

 private:
  absl::Mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE HotLock {
 public:
  explicit HotLock(HotMutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(*mutex) {
    mutex_.Lock();
  }
  ~HotLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  HotLock(const HotLock&) = delete;
  HotLock& operator=(const HotLock&) = delete;

 private:
  HotMutex& mutex_;
};

}  // namespace powerdown
