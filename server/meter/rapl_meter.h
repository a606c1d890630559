// Processor and memory energy of a Linux box from RAPL counters below a sysfs root.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/meter/counter_watch.h"
#include "server/meter/power_meter.h"
#include "server/meter/rapl_zones.h"

namespace powerdown {

struct RaplOptions {
  std::string sysfs_root = "/sys";
  // A decrease of a counter is a wrap only if the power that it implies is below this; twice the
  // rated power of what is sold today. Anything else is a reset. The kernel's limits are no bound,
  // as processors draw more than they for minutes: MeteredDevice doubts what is above them.
  Watts most_plausible_power = Watts(1000);
};

// Sums the zones into one counter that never decreases. Not thread-safe.
//
// A failed read changes nothing: the next good one covers the time since the last. Readings further
// apart than the shortest wrap time at the most plausible power cannot be told from fewer wraps, so
// they restart the counter (has_restarted) instead of guessing. A zone that stands still, or fails
// for long, while others move is missing from the reading, and does not void it; one that is slow
// is waited for.
class RaplMeter : public PowerMeter {
 public:
  // NotFound when no zone can be read; `refused` says of each why, and what would help.
  static absl::StatusOr<std::unique_ptr<RaplMeter>> Open(const RaplOptions& options,
                                                         std::vector<RaplRefusal>* refused);

  const MeterDescription& description() const override { return description_; }
  absl::StatusOr<PowerReading> Read(Instant now) override;
  bool ResumeFrom(const std::string& position, absl::Duration then) override;
  // Two reads must not be further apart than this, or wraps become ambiguous: a quarter of the
  // shortest range at the most plausible power.
  absl::Duration poll_deadline() const;
  std::string zone_names() const;  // "package-0, dram"

 private:
  struct Zone {
    RaplZone zone;
    std::optional<Joules> last;
    absl::Duration last_at;  // monotonic
    CounterWatch watch;
    std::optional<absl::Duration> failing_since;  // monotonic
    bool is_missing = false;
  };
  // What one reading of all zones adds up to.
  struct Sum {
    Joules delta;
    int counted = 0;
    int missing = 0;
    bool has_package = false;  // that was counted
    bool has_restarted = false;
    bool is_pending = false;
    Watts most_missing;
    std::string reason;
  };
  absl::StatusOr<std::vector<absl::StatusOr<Joules>>> ReadZones(Instant now);
  void AddZone(Zone& zone, const absl::StatusOr<Joules>& value, Instant now, Sum& sum);
  void AddStep(Zone& zone, Joules value, Instant now, Sum& sum);
  // How much a zone draws at most, by the kernel's word or by what is sold.
  Watts MostOf(const RaplZone& zone) const;
  Watts Limit() const;
  RaplMeter(const RaplOptions& options, std::vector<RaplZone> zones);

  const Watts most_plausible_power_;
  std::vector<Zone> zones_;
  MeterDescription description_;
  std::optional<absl::Duration> limit_read_;  // monotonic
  Watts limit_;
  Joules total_;
  bool is_void_ = false;  // no package could be counted at the last read
};

}  // namespace powerdown
