// One attempt at WatchRun. gRPC threads read one message ahead, so that the server's pings are
// answered while the caller is busy. The caller takes messages with a time limit.
//
// Thread-safe. Must be finished (see Finish) before it goes away.
#pragma once

#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "powerdown/v1/run_service.grpc.pb.h"

namespace powerdown {

class WatchReader : private grpc::ClientReadReactor<v1::WatchRunResponse> {
 public:
  WatchReader(v1::RunService::Stub* stub, const v1::WatchRunRequest& request);

  enum class Outcome { kMessage, kEnded, kTimedOut };
  // Waits for the next message. After kEnded, Finish tells why.
  Outcome Take(absl::Duration limit, v1::WatchRunResponse& message);
  void Cancel() { context_.TryCancel(); }
  // Cancels what still goes on and waits for its end.
  grpc::Status Finish();

 private:
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  bool HasMessageOrIsDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return has_message_ || status_.has_value();
  }
  bool IsDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return status_.has_value(); }
  void ReleaseHold();

  const v1::WatchRunRequest request_;
  grpc::ClientContext context_;
  v1::WatchRunResponse incoming_;  // the library's while a read is outstanding
  absl::Mutex mutex_;
  bool has_message_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_hold_ ABSL_GUARDED_BY(mutex_) = true;  // reads are started outside of reactions
  std::optional<grpc::Status> status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
