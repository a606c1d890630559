// A device's energy counter against its own power readings, minute by minute. Pure; not
// thread-safe.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

// They disagree when a minute of the one is over 10% and over 5 W from the other (zeus#181: 187 J
// by the counter and 327 J by the power, over the same five seconds). A lag of a second is less.
class CounterCheck {
 public:
  void Add(Joules counted, Watts power, absl::Duration time);
  // Energy by power over energy by counter, in the last whole minute, if they disagree.
  std::optional<double> disagreement() const { return disagreement_; }

 private:
  Joules counted_;
  Joules integrated_;
  absl::Duration time_;
  std::optional<double> disagreement_;
};

}  // namespace powerdown
