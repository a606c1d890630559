// Allows so many attempts at once and so many a time after that: a token bucket. Not thread-safe.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace powerdown {

class AttemptLimit {
 public:
  // `most` at once; one more each `period`.
  AttemptLimit(double most, absl::Duration period) : most_(most), left_(most), period_(period) {}
  bool IsSpent(absl::Duration now) {
    Refill(now);
    return left_ < 1;
  }
  // Nothing was taken for so long that it need not be remembered.
  bool IsFull(absl::Duration now) {
    Refill(now);
    return left_ >= most_;
  }
  // False, and nothing is taken, when it is spent.
  bool Take(absl::Duration now) {
    if (IsSpent(now)) return false;
    left_ -= 1;
    return true;
  }

 private:
  void Refill(absl::Duration now) {  // monotonic
    left_ = std::min(most_, left_ + absl::FDivDuration(now - at_, period_));
    at_ = now;
  }

  double most_;
  double left_;
  absl::Duration period_;
  absl::Duration at_;
};

}  // namespace powerdown
