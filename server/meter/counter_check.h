// A device's energy counter against its own power readings, ten seconds by ten seconds. Pure; not
// thread-safe.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

// They disagree when ten seconds of the one are over 10% and over 5 W from the other (zeus#181: 187
// J by the counter and 327 J by the power, over five seconds), and further than the power's lag of
// a second explains.
class CounterCheck {
 public:
  // What the counter gained and the power readings add up to, in a time that both cover; `power` is
  // the last of the readings.
  void Add(Joules counted, Joules integrated, Watts power, absl::Duration time);
  // Energy by power over energy by counter, in the last whole window, if they disagree.
  std::optional<double> disagreement() const { return disagreement_; }
  // By power, less by counter, in a window in which they disagreed: what was booked of it stands in
  // a band that is too narrow by so much. Once for each window.
  std::optional<Joules> TakeOwed();

 private:
  Joules counted_;
  Joules integrated_;
  absl::Duration time_;
  std::optional<Watts> least_;  // of the power in the window
  Watts most_;
  std::optional<double> disagreement_;
  std::optional<Joules> owed_;
};

}  // namespace powerdown
