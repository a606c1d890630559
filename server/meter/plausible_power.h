// What a device may draw: by its own limit where it tells one, and by what was seen of it. Pure;
// not thread-safe.
#pragma once

#include <deque>
#include <optional>

#include "absl/time/time.h"
#include "common/energy/units.h"
#include "server/meter/power_meter.h"

namespace powerdown {

// A processor draws 4 to 10 times its rated power for minutes (omarchy#10313, throttled#61), while
// one reading of a thousand times is a fault (powerstat#16). So a value above what is known is
// doubted at first, and believed once it is seen again and again.
class PlausiblePower {
 public:
  enum class Verdict {
    kPlausible,
    kDoubtful,    // perhaps: it would be the most that was ever seen
    kImpossible,  // no such device draws so much
  };
  explicit PlausiblePower(const MeterDescription& meter);
  // `busy`: the share of the device that is in use, where the device tells.
  Verdict Judge(Watts power, std::optional<double> busy, absl::Duration now);
  void SetLimit(Watts limit) { limit_ = limit; }
  // The limit, or what was seen beyond it: bounds gaps.
  Watts most() const;
  Watts ceiling() const;

 private:
  struct Doubt {
    absl::Duration at;
    Watts power;
  };
  Watts Believed() const;

  Watts limit_;
  const double overshoot_;
  const Watts fixed_ceiling_;
  const bool is_limit_known_;
  Watts largest_;  // that was believed
  std::deque<Doubt> doubts_;
};

}  // namespace powerdown
