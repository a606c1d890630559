// The daemon's own streams of watchers, served in the simulation's thread: what the network would
// do is done by calls, and the pool's thread works only while the caller waits for it.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "server/access/access.h"
#include "server/rpc/gate.h"
#include "server/rpc/rpc_parts.h"
#include "server/rpc/run_watch.h"
#include "server/rpc/runs_watch.h"
#include "tests/support/simulation/simulated_daemon.h"

namespace powerdown {

// The daemon's end of one call: takes what a stream writes, and calls back when the network says
// so. gRPC offers this class to be put in the place of a connection.
// Streams write messages, or their bytes.
template <typename Response, typename Written = Response>
class SimulatedCall final : public grpc::ServerCallbackWriter<Written> {
 public:
  explicit SimulatedCall(grpc::ServerWriteReactor<Written>* reactor) : reactor_(reactor) {
    this->BindReactor(reactor);
  }
  ~SimulatedCall() override { reactor_->OnDone(); }  // which deletes the stream
  void Finish(grpc::Status status) override { end_ = std::move(status); }
  void SendInitialMetadata() override {}
  void Write(const Written* message, grpc::WriteOptions) override { written_ = *message; }
  void WriteAndFinish(const Written* message, grpc::WriteOptions, grpc::Status status) override {
    written_ = *message;
    end_ = std::move(status);
  }

  // The message that the stream has written, once. It writes no other before Acknowledge.
  std::optional<Response> Take() {
    is_taken_ = is_taken_ || written_.has_value();
    if constexpr (std::is_same_v<Response, Written>) {
      return std::exchange(written_, std::nullopt);
    } else {
      if (!written_) return std::nullopt;
      Response message;
      const grpc::Status read =
          grpc::SerializationTraits<Response>::Deserialize(&*written_, &message);
      if (!read.ok()) std::abort();  // no network damages it on the way here
      written_.reset();
      return message;
    }
  }
  void Acknowledge() {
    if (std::exchange(is_taken_, false) && !end_) reactor_->OnWriteDone(true);
  }
  // The connection is gone.
  void Cut() {
    const bool is_writing = is_taken_ || written_.has_value();
    written_.reset();
    is_taken_ = false;
    if (end_) return;
    reactor_->OnCancel();
    if (is_writing && !end_) reactor_->OnWriteDone(false);
  }
  const std::optional<grpc::Status>& end() const { return end_; }

 private:
  grpc::internal::ServerReactor* reactor() override { return reactor_; }
  void CallOnDone() override {}

  grpc::ServerWriteReactor<Written>* const reactor_;
  std::optional<Written> written_;
  bool is_taken_ = false;
  std::optional<grpc::Status> end_;
};

// What of server/rpc serves watches. Its pool has one thread, which works while Work runs alone.
class SimulatedWatchServer {
 public:
  SimulatedWatchServer(SimulatedDaemon& daemon, SimulationClock* clock)
      : access_(&daemon.store(), &daemon.ids(), "owner"),
        gate_(&access_, &daemon.store(), clock,
              [](const std::string&) { return LocalPeer{.account = "owner", .is_owner = true}; }) {
    pools_.gate = &gate_;
    parts_.clock = clock;
    parts_.store = &daemon.store();
    parts_.feed = &daemon.feed();
    parts_.sampler = &daemon.sampler();
    parts_.queue = &daemon.queue();
    parts_.access = &access_;
    // Whether it could be read or not: the owner's account is known by itself.
    access_.Load(clock->Now().wall).IgnoreError();
    Block();
  }
  ~SimulatedWatchServer() {
    absl::MutexLock lock(&mutex_);
    may_pass_ = blocks_;
  }

  using RunCall = SimulatedCall<v1::WatchRunResponse, grpc::ByteBuffer>;
  std::unique_ptr<RunCall> Open(const std::string& run_id, int64_t start_revision) {
    v1::WatchRunRequest request;
    request.set_run_id(run_id);
    request.set_start_revision(start_revision);
    CallOrigin origin;
    origin.peer = "unix:";
    origin.noun = "run";
    origin.noun_id = run_id;
    return Start<RunCall>(new RunWatch(parts_, &pools_, std::move(origin), request));
  }
  using RunsCall = SimulatedCall<v1::WatchRunsResponse>;
  std::unique_ptr<RunsCall> OpenAll(int64_t start_revision) {
    v1::WatchRunsRequest request;
    request.set_start_revision(start_revision);
    CallOrigin origin;
    origin.peer = "unix:";
    return Start<RunsCall>(new RunsWatch(parts_, &pools_, std::move(origin), request));
  }
  void Tick(Instant now) { pools_.watchers.Tick(now); }
  void Drain() { pools_.watchers.Drain(); }
  // Lets the pool's thread do what was posted, and waits for it.
  void Work() {
    const int64_t next = Block();
    absl::MutexLock lock(&mutex_);
    may_pass_ = next - 1;
    reached_ = 0;
    const auto is_reached = [this, next]()
                                ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return reached_ == next; };
    mutex_.Await(absl::Condition(&is_reached));
  }

 private:
  // The call deletes the stream.
  template <typename Call, typename Stream>
  std::unique_ptr<Call> Start(Stream* stream) {
    auto call = std::make_unique<Call>(stream);
    stream->Start();
    return call;
  }
  // The pool's thread stops here until it may pass.
  int64_t Block() {
    const int64_t number = ++blocks_;
    pools_.watches.TryPost([this, number] {
      absl::MutexLock lock(&mutex_);
      reached_ = number;
      const auto may_pass = [this, number]()
                                ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return may_pass_ >= number; };
      mutex_.Await(absl::Condition(&may_pass));
    });
    return number;
  }

  Access access_;
  Gate gate_;
  RpcParts parts_;
  absl::Mutex mutex_;
  int64_t blocks_ = 0;
  int64_t may_pass_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t reached_ ABSL_GUARDED_BY(mutex_) = 0;
  CallPools pools_{.watches = {1, 4096},
                   .turns = RequestTurns()};  // last: its thread ends before the rest goes
};

}  // namespace powerdown
