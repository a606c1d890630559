// Power at rest, learned only from a box that really rests. Pure: samples and time come in.
#pragma once

#include <deque>
#include <optional>

#include "absl/time/time.h"
#include "common/energy.h"
#include "common/units.h"

namespace powerdown {

struct Baseline {
  Watts power;
  Watts low;
  Watts high;
  absl::Time measured_at;
};

struct BaselineOptions {
  absl::Duration window = absl::Seconds(5);  // of unbroken rest
  int minimum_samples = 10;
  double most_use = 0.05;          // share of all cores that may be busy
  double most_slope_share = 0.05;  // drift over the window, as a share of the median
};

// Collects samples of one device while nothing runs. Accepted when the window is full, use stays
// under the limit and the slope is small; the value is the median. Any use or consumer starts anew.
class BaselineFinder {
 public:
  explicit BaselineFinder(BaselineOptions options) : options_(options) {}
  // `use` is the busy share of the device; `has_consumers` says whether a run or quiz was active.
  // Returns the baseline once it stands, and again whenever a later window renews it.
  std::optional<Baseline> Observe(const PowerSample& sample, double use, bool has_consumers,
                                  absl::Time wall);

 private:
  const BaselineOptions options_;
  std::deque<PowerSample> window_;
};

}  // namespace powerdown
