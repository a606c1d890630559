// The daemon's own use of the processor over the last minute. Not thread-safe.
#pragma once

#include <deque>
#include <optional>

#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

struct OwnCost {
  double core_share = 0;       // of one core
  std::optional<Watts> power;  // its part of the processor's power above the baseline
};

class OwnCostMeter {
 public:
  // CPU time so far of the daemon and of the whole box, and the processor's power above its
  // baseline since the last call.
  void Observe(absl::Duration at, absl::Duration used, absl::Duration box_used,
               std::optional<Watts> above);
  std::optional<OwnCost> cost() const;

 private:
  struct Moment {
    absl::Duration at;
    absl::Duration used;
    absl::Duration box_used;
    std::optional<Watts> above;
  };
  std::deque<Moment> moments_;
};

}  // namespace powerdown
