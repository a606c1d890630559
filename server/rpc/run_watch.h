// WatchRun: sends a run's updates by revision, re-read from the store, until the run has ended.
// Messages are WatchRunResponse as bytes: those of a long run cost less ready-made than as objects,
// and go to many clients without being made again.
#pragma once

#include <memory>
#include <string>

#include "powerdown/v1/run_service.pb.h"
#include "server/rpc/watch_stream.h"

namespace powerdown {

class RunWatch final : public WatchStream<grpc::ByteBuffer> {
 public:
  RunWatch(const RpcParts& parts, CallPools* pools, CallOrigin origin,
           const v1::WatchRunRequest& request);

 private:
  absl::StatusOr<WatchStep> Next(Instant now, bool is_message_due,
                                 grpc::ByteBuffer& message) override;
  ErrorMetadata identifiers() const override { return {{"run_id", asked_run_id_}}; }
  void StopWakes() override { feed_.Unsubscribe(subscription_); }
  absl::Status Begin();
  absl::Status Health() const;
  RecentBatches::Key NextKey() const;
  void ReadAhead();

  Store& store_;
  Feed& feed_;
  const RunQueue& queue_;
  CallPools& pools_;
  const std::string asked_run_id_;
  int64_t subscription_;
  std::string run_id_;  // in full, once Begin found it
  int64_t next_revision_;
};

}  // namespace powerdown
