// Lower-case, time-ordered ids, unique across boxes (ULID: 48 bits of milliseconds, 80 random).
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace powerdown {

// Thread-safe. Ids made within one millisecond still ascend.
class IdGenerator {
 public:
  explicit IdGenerator(uint64_t seed) : random_(seed) {}
  std::string Next(absl::Time now);

 private:
  absl::Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  int64_t last_millis_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_high_ ABSL_GUARDED_BY(mutex_) = 0;  // upper 16 random bits
  uint64_t last_low_ ABSL_GUARDED_BY(mutex_) = 0;   // lower 64
};

bool IsId(std::string_view text);        // a whole one
bool IsIdPrefix(std::string_view text);  // 1 to 26 of the id alphabet

}  // namespace powerdown
