// Meters a whole Mac by the output of a `powermetrics` that somebody started, in a file or a FIFO.
// For Macs whose SMC and IOReport cannot be read. Not thread-safe; the sampler owns it.
#pragma once

#include <memory>
#include <string>

#include "server/meter/power_meter.h"
#include "server/meter/powermetrics.h"

namespace powerdown {

class PowermetricsMeter : public PowerMeter {
 public:
  // Unavailable if it cannot be opened. What a file held before is not counted.
  static absl::StatusOr<std::unique_ptr<PowermetricsMeter>> Open(const std::string& path,
                                                                 Instant now);
  ~PowermetricsMeter() override;
  const MeterDescription& description() const override { return description_; }
  // Unavailable when nothing was written for a while; what comes later covers the time. Time that
  // no sample covers is a restart, not a zero.
  absl::StatusOr<PowerReading> Read(Instant now) override;

 private:
  PowermetricsMeter(std::string path, int file, Instant now);
  absl::Status Take(PowerReading& reading, Instant now);

  const std::string path_;
  const int file_;
  const MeterDescription description_;
  PowermetricsReader reader_;
  Joules counter_;
  absl::Duration grown_at_;       // monotonic
  absl::Duration covered_until_;  // monotonic, by the elapsed times that the samples state
};

}  // namespace powerdown
