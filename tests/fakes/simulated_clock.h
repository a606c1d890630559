// A clock that moves only when told. Thread-safe.
#pragma once

#include "absl/synchronization/mutex.h"
#include "server/clock.h"

namespace powerdown {

class SimulatedClock : public Clock {
 public:
  Instant Now() override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  Instant Advance(absl::Duration time) {
    absl::MutexLock lock(&mutex_);
    now_.monotonic += time;
    now_.boottime += time;
    now_.wall += time;
    return now_;
  }

  // The box's clock is set; time goes on as before.
  void SetWallBy(absl::Duration step) {
    absl::MutexLock lock(&mutex_);
    now_.wall += step;
  }

 private:
  absl::Mutex mutex_;
  Instant now_ ABSL_GUARDED_BY(mutex_){absl::Seconds(1000), absl::Seconds(1000),
                                       absl::FromUnixSeconds(1'700'000'000)};
};

}  // namespace powerdown
