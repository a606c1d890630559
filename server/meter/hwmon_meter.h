// A sensor of the hwmon class as a power meter: an AMD or Intel GPU, or a machine as a whole. Not
// thread-safe; the sampler owns it.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "server/meter/hwmon_sensors.h"
#include "server/meter/power_meter.h"

namespace powerdown {

class HwmonMeter : public PowerMeter {
 public:
  explicit HwmonMeter(HwmonSensor sensor) : sensor_(std::move(sensor)) {}
  const MeterDescription& description() const override { return sensor_.description; }
  // Unavailable while the device sleeps, as reading would wake it. A counter that has fallen has
  // wrapped if that is a power that can be, else begun anew with its driver.
  absl::StatusOr<PowerReading> Read(Instant now) override;
  bool ResumeFrom(const std::string& position, absl::Duration then) override;

 private:
  absl::Status ReadSensor(Instant now, PowerReading& reading);
  void Count(Joules counter, Instant now, PowerReading& reading);

  const HwmonSensor sensor_;
  std::optional<Joules> last_;  // the counter
  absl::Duration last_at_;      // monotonic
  Joules total_;
};

}  // namespace powerdown
