// Which evaluations measure the features of common/run/features.h. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>

namespace powerdown {

class FeatureSchedule {
 public:
  // Whether this evaluation is measured: the first, and each at least 10% later than the last that
  // was, so that all cost well under 1% of training. To be asked once for each evaluation in order;
  // a resumed run asks for its earlier ones again.
  bool IsDue(int64_t step) {
    if (step < next_step_) return false;
    next_step_ = step + std::max<int64_t>(1, (step + 9) / 10);
    return true;
  }

 private:
  int64_t next_step_ = 0;
};

}  // namespace powerdown
