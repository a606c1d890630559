// Processor and memory energy of a Linux box from RAPL counters below a sysfs root.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/meter/power_meter.h"
#include "server/meter/rapl_zones.h"

namespace powerdown {

struct RaplOptions {
  std::string sysfs_root = "/sys";
  // A decrease of a counter is a wrap only if the power that it implies is below this; twice the
  // rated power of what is sold today. Anything else is a reset. Where the kernel tells a zone's
  // rated power, three times that is the limit: the short-term limit is up to twice the rated one.
  Watts most_plausible_power = Watts(1000);
};

// Sums the zones into one counter that never decreases. Not thread-safe.
//
// A failed read changes nothing: the next good one covers the time since the last. Readings further
// apart than the shortest wrap time at the most plausible power cannot be told from fewer wraps, so
// they restart the counter (has_restarted) instead of guessing.
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
    Watts most_power;
    std::optional<Joules> last;
  };
  RaplMeter(const RaplOptions& options, std::vector<RaplZone> zones);

  MeterDescription description_;
  std::vector<Zone> zones_;
  Joules total_;
  std::optional<absl::Duration> last_read_;  // monotonic
};

}  // namespace powerdown
