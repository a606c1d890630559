#include "server/clock.h"

#include <time.h>

#include "absl/strings/ascii.h"
#include "common/platform/files.h"

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
  const absl::StatusOr<std::string> line = ReadFile("/proc/sys/kernel/random/boot_id");
  return line.ok() ? std::string(absl::StripAsciiWhitespace(*line)) : "";
}

}  // namespace powerdown
