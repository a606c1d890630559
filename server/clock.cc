#include "server/clock.h"

#include <time.h>

#include <fstream>

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

std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot_id;
  std::getline(file, boot_id);
  return boot_id;
}

}  // namespace powerdown
