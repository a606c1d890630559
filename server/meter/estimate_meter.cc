#include "server/meter/estimate_meter.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"

namespace powerdown {
namespace {

constexpr double kRestingShare = 0.3;

}  // namespace

EstimateMeter::EstimateMeter(Watts rated, std::unique_ptr<HostActivity> activity)
    : rated_(rated),
      activity_(std::move(activity)),
      description_{.meter = "estimate",
                   .device = "cpu",
                   .source = "estimate",
                   .relative_band = 0.4,
                   .most_power = rated * 1.4} {}

absl::StatusOr<PowerReading> EstimateMeter::Read(Instant now) {
  ASSIGN_OR_RETURN(const HostActivity::Use use, activity_->Read({}));
  if (last_read_ && now.monotonic > *last_read_) {
    const absl::Duration time = now.monotonic - *last_read_;
    const double busy =
        absl::FDivDuration(use.busy - last_busy_, time * static_cast<double>(use.cores));
    const double load = kRestingShare + (1 - kRestingShare) * std::clamp(busy, 0.0, 1.0);
    total_ += rated_ * load * time;
  }
  last_read_ = now.monotonic;
  last_busy_ = use.busy;
  PowerReading reading;
  reading.counter = total_;
  return reading;
}

}  // namespace powerdown
