// One reading of the three clocks. Plain value; only server/clock.cc and main read real clocks.
#pragma once

#include "absl/time/time.h"

namespace powerdown {

struct Instant {
  absl::Duration monotonic;  // CLOCK_MONOTONIC: all intervals; stands still in suspend
  absl::Duration boottime;   // CLOCK_BOOTTIME: boottime - monotonic grows only by suspend
  absl::Time wall;           // CLOCK_REALTIME: for people; may jump
};

}  // namespace powerdown
