// WatchRuns: all runs as they are, then those that change, at most twice a second.
#pragma once

#include <string>

#include "powerdown/v1/run_service.pb.h"
#include "server/rpc/watch_stream.h"

namespace powerdown {

class RunsWatch final : public WatchStream<v1::WatchRunsResponse> {
 public:
  RunsWatch(const RpcParts& parts, CallPools* pools, CallOrigin origin,
            const v1::WatchRunsRequest& request);

 private:
  absl::StatusOr<WatchStep> Next(Instant now, bool is_message_due,
                                 v1::WatchRunsResponse& message) override;
  void StopWakes() override { feed_.Unsubscribe(subscription_); }
  absl::StatusOr<WatchStep> NextPage(v1::WatchRunsResponse& message);
  absl::StatusOr<WatchStep> NextChanges(Instant now, int64_t newest,
                                        v1::WatchRunsResponse& message);

  Store& store_;
  Feed& feed_;
  RunQueue& queue_;
  int64_t next_revision_;
  bool has_all_;
  bool has_own_ = false;    // the box's own runs are sent; then come recorded and imported ones
  std::string page_after_;  // the last run of the page sent before
  int64_t subscription_;
  absl::Duration last_sent_ = -absl::InfiniteDuration();  // monotonic
};

}  // namespace powerdown
