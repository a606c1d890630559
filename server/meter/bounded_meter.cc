#include "server/meter/bounded_meter.h"

#include <utility>

namespace powerdown {

BoundedMeter::BoundedMeter(std::shared_ptr<PowerMeter> meter, std::shared_ptr<CallThread> thread,
                           absl::Duration limit)
    : description_(meter->description()),
      meter_(std::move(meter)),
      thread_(std::move(thread)),
      limit_(limit) {}

BoundedMeter::~BoundedMeter() {
  thread_->Post([meter = std::move(meter_)] {});
}

absl::StatusOr<PowerReading> BoundedMeter::Read(Instant now) {
  return thread_->Ask<PowerReading>([meter = meter_, now] { return meter->Read(now); }, limit_);
}

void BoundedMeter::Rest() {
  thread_->Post([meter = meter_] { meter->Rest(); });
}

bool BoundedMeter::ResumeFrom(const std::string& position, absl::Duration then) {
  return thread_
      ->Ask<bool>([meter = meter_, position, then] { return meter->ResumeFrom(position, then); },
                  limit_)
      .value_or(false);
}

}  // namespace powerdown
