#include "server/rpc/power_watch.h"

#include <algorithm>
#include <utility>

#include "proto/convert.h"

namespace powerdown {
namespace {

constexpr absl::Duration kSamplePeriod = absl::Milliseconds(500);
// How long a watcher that was just served keeps meters from resting.
constexpr absl::Duration kWatchedFor = absl::Seconds(3);

}  // namespace

PowerWatch::PowerWatch(const RpcParts& parts, CallPools* pools, CallOrigin origin, Instant now)
    : WatchStream(Rpc::kPowerServiceWatchPower, std::move(origin), pools, kSamplePeriod, now),
      sampler_(*parts.sampler),
      seen_until_(now.monotonic) {}

absl::StatusOr<WatchStep> PowerWatch::Next(Instant now, bool, v1::PowerSample& message) {
  sampler_.NeedUntil(now.monotonic + kWatchedFor);
  if (waiting_.empty()) {
    const absl::Duration since = seen_until_;
    for (PowerSample& sample : sampler_.RecentSamples(since)) {
      if (sample.end <= since) continue;
      seen_until_ = std::max(seen_until_, sample.end);
      waiting_.push_back(std::move(sample));
    }
  }
  if (waiting_.empty()) return WatchStep::kWait;
  const PowerSample& sample = waiting_.front();
  *message.mutable_time() = ToWire(now.wall - (now.monotonic - sample.end));
  message.set_meter(sample.meter);
  message.set_device(sample.device);
  message.set_source(sample.source);
  message.set_power_watts(sample.power.value());
  message.set_low_watts(sample.low.value());
  message.set_high_watts(sample.high.value());
  waiting_.pop_front();
  return WatchStep::kSend;
}

}  // namespace powerdown
