// WatchPower: the samples of all devices from now on, one a message.
#pragma once

#include <deque>

#include "powerdown/v1/power_service.pb.h"
#include "server/rpc/watch_stream.h"

namespace powerdown {

class PowerWatch final : public WatchStream<v1::PowerSample> {
 public:
  PowerWatch(const RpcParts& parts, CallPools* pools, CallOrigin origin, Instant now);

 private:
  absl::StatusOr<WatchStep> Next(Instant now, bool is_message_due,
                                 v1::PowerSample& message) override;

  Sampler& sampler_;
  absl::Duration seen_until_;        // monotonic
  std::deque<PowerSample> waiting_;  // at most what the sampler keeps: a minute
};

}  // namespace powerdown
