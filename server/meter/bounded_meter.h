// A meter whose driver may hang: it is read on another thread, and given up on after a limit. The
// device then has a gap, with the reason, until the driver answers again. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "common/platform/call_thread.h"
#include "server/meter/power_meter.h"

namespace powerdown {

// A read takes microseconds; the first after a rest, which opens the driver, up to seconds: it is
// then late by some ticks and its counter tells all the same. Longer than this no tick may wait.
inline constexpr absl::Duration kLongestRead = absl::Seconds(1);

class BoundedMeter : public PowerMeter {
 public:
  // Meters of one driver share a thread, as drivers are not asked by several at once.
  BoundedMeter(std::shared_ptr<PowerMeter> meter, std::shared_ptr<CallThread> thread,
               absl::Duration limit = kLongestRead);
  ~BoundedMeter() override;
  const MeterDescription& description() const override { return description_; }
  absl::StatusOr<PowerReading> Read(Instant now) override;
  void Rest() override;
  bool ResumeFrom(const std::string& position, absl::Duration then) override;

 private:
  const MeterDescription description_;
  std::shared_ptr<PowerMeter> meter_;  // used on the thread only, and destroyed there
  const std::shared_ptr<CallThread> thread_;
  const absl::Duration limit_;
};

}  // namespace powerdown
