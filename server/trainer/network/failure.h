// LibTorch and the standard library throw; no exception passes here. Thread-safe.
#pragma once

#include "absl/status/status.h"

namespace powerdown {

// What the exception that is being handled says, in one line that names the step.
// ResourceExhausted: out of memory; else Internal. To be called within a catch block.
absl::Status StatusOfException(int64_t step);

// `Value` must be constructible from a Status.
template <typename Value, typename Action>
Value WithoutExceptions(int64_t step, Action action) {
  try {
    return action();
  } catch (...) {
    return StatusOfException(step);
  }
}

}  // namespace powerdown
