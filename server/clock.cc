#include "server/clock.h"

#include <time.h>

namespace powerdown {
namespace {

timespec Read(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return time;
}

}  // namespace

Instant RealClock::Now() {
#ifdef CLOCK_BOOTTIME
  constexpr clockid_t kBoottime = CLOCK_BOOTTIME;
#else
  constexpr clockid_t kBoottime = CLOCK_MONOTONIC;
#endif
  return Instant{.monotonic = absl::DurationFromTimespec(Read(CLOCK_MONOTONIC)),
                 .boottime = absl::DurationFromTimespec(Read(kBoottime)),
                 .wall = absl::TimeFromTimespec(Read(CLOCK_REALTIME))};
}

}  // namespace powerdown
