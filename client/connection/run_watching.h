// Watches a run and reconnects when the connection is lost: each update arrives once, in order.
#pragma once

#include <chrono>
#include <optional>

#include "absl/status/status.h"
#include "client/connection/stubs.h"

namespace powerdown {

class RunWatching {
 public:
  RunWatching(Connection::Stubs& stubs, const std::string& run_id, int64_t start_revision,
              const Connection::OnUpdate& on_update, const Connection::OnState& on_state,
              absl::Duration give_up_after);
  // Blocks until the watch has ended; see Connection::WatchRun.
  absl::Status Follow();

 private:
  enum class End { kComplete, kRefusedByCaller, kCancelled, kSilent, kByServer };
  End FollowOnce(grpc::Status& status);
  End ReadAll(WatchReader& reader);
  bool Deliver(const v1::WatchRunResponse& message);
  bool Pause(const absl::Status& lost);
  bool HasGivenUp();
  void Tell(const std::string& state);

  Connection::Stubs& stubs_;
  v1::WatchRunRequest request_;  // start_revision moves on with what was delivered
  const Connection::OnUpdate& on_update_;
  const Connection::OnState& on_state_;
  const absl::Duration give_up_after_;
  // Since when the daemon is gone, by a clock that nobody sets.
  std::optional<std::chrono::steady_clock::time_point> lost_since_;
  bool is_connected_ = false;
  bool was_ever_connected_ = false;
  absl::Duration pause_;
};

}  // namespace powerdown
