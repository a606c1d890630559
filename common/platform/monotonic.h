// The time by which workers stamp their lines and time their steps.
#pragma once

#include <time.h>

#include "absl/time/time.h"

namespace powerdown {

// CLOCK_MONOTONIC, the daemon's own (common/base/instant.h).
inline absl::Duration MonotonicTime() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace powerdown
