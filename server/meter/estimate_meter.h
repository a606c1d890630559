// Estimates a processor's power from how busy it is, for boxes where no meter can be read.
#pragma once

#include <memory>
#include <optional>

#include "server/meter/power_meter.h"

namespace powerdown {

// Power is rated x (0.3 + 0.7 x busy share of all cores), integrated over real CPU time. Labelled
// "estimate" with a band of ±40%. Not thread-safe.
class EstimateMeter : public PowerMeter {
 public:
  // `rated` is what the processor draws with all cores busy.
  EstimateMeter(Watts rated, std::unique_ptr<HostActivity> activity);
  const MeterDescription& description() const override { return description_; }
  absl::StatusOr<PowerReading> Read(Instant now) override;

  // 10 W a core: between the 4 W a core and the 85 W a desktop that codecarbon falls back to
  // (github.com/mlco2/codecarbon, 2026-08).
  static Watts RatedFor(int64_t cores) { return Watts(10) * static_cast<double>(cores); }

 private:
  const Watts rated_;
  const std::unique_ptr<HostActivity> activity_;
  const MeterDescription description_;
  Joules total_;
  std::optional<absl::Duration> last_read_;  // monotonic
  absl::Duration last_busy_;
};

}  // namespace powerdown
