// Debian's Abseil is built without ThreadSanitizer, which therefore cannot see its locks: these
// wrappers (ld --wrap) tell it what each call orders. Only linked under --sanitize thread.
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

namespace {

// Evaluates a condition of ours inside Await, where the lock is held but ThreadSanitizer was not
// told.
struct Seen {
  void* mutex;
  const absl::Condition* condition;
};
bool EvaluateSeen(Seen* seen) {
  __tsan_acquire(seen->mutex);
  const bool result = seen->condition->Eval();
  __tsan_release(seen->mutex);
  return result;
}

}  // namespace

#define WRAPPED(result, symbol, ...)              \
  extern "C" result __real_##symbol(__VA_ARGS__); \
  extern "C" result __wrap_##symbol(__VA_ARGS__); \
  extern "C" result __wrap_##symbol(__VA_ARGS__)

WRAPPED(void, _ZN4absl7debian35Mutex4LockEv, void* self) {
  __real__ZN4absl7debian35Mutex4LockEv(self);
  __tsan_acquire(self);
}
WRAPPED(void, _ZN4absl7debian35Mutex6UnlockEv, void* self) {
  __tsan_release(self);
  __real__ZN4absl7debian35Mutex6UnlockEv(self);
}
WRAPPED(void, _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE, void* self,
        const absl::Condition& condition) {
  Seen seen{self, &condition};
  const absl::Condition wrapped(&EvaluateSeen, &seen);
  __tsan_release(self);
  __real__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE(self, wrapped);
  __tsan_acquire(self);
}
WRAPPED(bool, _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE, void* self,
        const absl::Condition& condition, absl::Duration timeout) {
  Seen seen{self, &condition};
  const absl::Condition wrapped(&EvaluateSeen, &seen);
  __tsan_release(self);
  const bool result =
      __real__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE(self, wrapped,
                                                                                      timeout);
  __tsan_acquire(self);
  return result;
}
WRAPPED(void, _ZN4absl7debian312Notification6NotifyEv, void* self) {
  __tsan_release(self);
  __real__ZN4absl7debian312Notification6NotifyEv(self);
}
WRAPPED(void, _ZNK4absl7debian312Notification19WaitForNotificationEv, void* self) {
  __real__ZNK4absl7debian312Notification19WaitForNotificationEv(self);
  __tsan_acquire(self);
}
WRAPPED(bool, _ZN4absl7debian37Barrier5BlockEv, void* self) {
  __tsan_release(self);
  const bool result = __real__ZN4absl7debian37Barrier5BlockEv(self);
  __tsan_acquire(self);
  return result;
}
