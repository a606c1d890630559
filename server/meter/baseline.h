// Power at rest, learned only while the box is at rest. Pure: samples and time come in.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/energy/energy.h"
#include "common/energy/units.h"

namespace powerdown {

// A GPU that some process holds open rests at a higher power than one that nobody uses.
enum class RestLevel { kDeep, kContextOpen };

struct Baseline {
  Watts power;
  Watts low;  // of all levels seen within the last hour: spread and drift, without sensor gain
  Watts high;
  absl::Time measured_at;
};

struct BaselineOptions {
  absl::Duration window = absl::Seconds(5);  // of unbroken rest
  int minimum_samples = 10;
  double most_use = 0.05;          // share of all cores that may be busy
  double most_slope_share = 0.05;  // drift over the window, as a share of the median
  absl::Duration history = absl::Hours(1);
};

// What else was true of the device during a sample.
struct RestState {
  double use = 0;              // busy share of the device
  double most_use = 0;         // that still counts as rest
  bool has_consumers = false;  // a run or quiz was active
  bool has_processes = false;  // somebody holds the device open
};

// Collects samples of one device at one level while nothing runs. Accepted when the window is full,
// use stays under the limit and the slope is small; the value is the mean without outliers. Any
// use, consumer or gap starts anew.
class BaselineFinder {
 public:
  explicit BaselineFinder(BaselineOptions options) : options_(options) {}
  // Returns the baseline once it stands, and again whenever a later window renews it.
  std::optional<Baseline> Observe(const PowerSample& sample, const RestState& state,
                                  absl::Time wall);
  // Why the last sample established nothing, for people; empty if it did.
  const std::string& obstacle() const { return obstacle_; }

 private:
  struct Level {
    Watts power;
    absl::Time time;
  };
  std::optional<Baseline> Refuse(std::string obstacle);
  Baseline Establish(Watts median, Watts spread, absl::Time wall);

  const BaselineOptions options_;
  std::deque<PowerSample> window_;
  std::deque<Level> levels_;  // at most one every ten seconds
  std::string obstacle_ = "no sample yet";
};

// A baseline as it may be used at `now`: its band grows by 1% of its power an hour (our choice, as
// nobody measured it since), up to 20%. Nullopt when it is older than a week.
std::optional<RestingPower> AgedBaseline(const Baseline& baseline, absl::Time now);

}  // namespace powerdown
