// A Mac as one device, "system": PSTR of the SMC where it answers, else the sum of IOReport's
// parts. Not thread-safe; the sampler owns it.
#pragma once

#include <memory>
#include <optional>

#include "server/meter/apple_source.h"
#include "server/meter/power_meter.h"

namespace powerdown {

class AppleMeter : public PowerMeter {
 public:
  // Decides by one dump what can be read. Its error if nothing can.
  static absl::StatusOr<std::unique_ptr<AppleMeter>> Open(std::unique_ptr<AppleSource> source,
                                                          Instant now);
  const MeterDescription& description() const override { return description_; }
  // Unavailable where PSTR is missing, or a part stands still that the sum needs.
  absl::StatusOr<PowerReading> Read(Instant now) override;
  // Of the last good read, for whoever shows it.
  const AppleSplit& split() const { return split_; }

 private:
  AppleMeter(std::unique_ptr<AppleSource> source, bool has_smc);

  const std::unique_ptr<AppleSource> source_;
  const bool has_smc_;
  const MeterDescription description_;
  IoReportDecoder decoder_;
  AppleSplit split_;
};

}  // namespace powerdown
