// One server stream: at any time it either waits, reads its next message on a pool, or has one
// write outstanding. So a slow client costs one message of memory and delays nobody.
//
// Deletes itself in OnDone. Wake may be called from any thread until then.
#pragma once

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/run/series_pyramid.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/rpc_parts.h"
#include "server/rpc/status_mapping.h"

namespace powerdown {

// A client takes a connection for dead after a multiple of this.
inline constexpr absl::Duration kProgressPeriod = absl::Seconds(3);

enum class WatchStep {
  kWait,        // nothing to send now
  kSend,        // the message, then go on
  kSendAndEnd,  // the message, then end with OK
};

template <typename Response>
class WatchStream : public grpc::ServerWriteReactor<Response>, private Watcher {
 public:
  // `silence` is the longest time without a message before Next is told that one is due.
  WatchStream(Rpc rpc, CallOrigin origin, CallPools* pools, absl::Duration silence, Instant now)
      : rpc_(rpc), origin_(std::move(origin)), pools_(*pools), silence_(silence), now_(now) {}

  // Called once, when the whole object stands.
  void Start() {
    pools_.started_calls.fetch_add(1);
    pools_.watchers.Add(this);
    Wake();
  }

  // Something new may be there.
  void Wake() {
    {
      absl::MutexLock lock(&mutex_);
      has_news_ = true;
      if (phase_ != Phase::kWaiting) return;
      phase_ = Phase::kReading;
    }
    PostRead();
  }

 protected:
  ~WatchStream() override = default;

  // Reads the next message. On a pool thread, one call at a time. An error ends the stream.
  virtual absl::StatusOr<WatchStep> Next(Instant now, bool is_message_due, Response& message) = 0;
  const Caller& caller() const { return *caller_; }  // within Next
  virtual ErrorMetadata identifiers() const { return {}; }
  // No Wake comes after it returns.
  virtual void StopWakes() {}

  // What the request names, in full once the caller is admitted.
  const std::string& noun_id() const { return origin_.noun_id; }

 private:
  // Whoever moves the phase away from kWaiting owns the stream until it is kWaiting again.
  enum class Phase { kWaiting, kReading, kWriting, kFinished };

  void OnTick(Instant now) final {
    {
      absl::MutexLock lock(&mutex_);
      now_ = now;
      if (!has_news_ && now.monotonic - last_message_ < silence_) return;
    }
    Wake();
  }

  void OnDrain() final {
    {
      absl::MutexLock lock(&mutex_);
      is_draining_ = true;
    }
    Wake();
  }

  void OnWriteDone(bool ok) final {
    {
      absl::MutexLock lock(&mutex_);
      if (phase_ != Phase::kWriting) return;
      phase_ = Phase::kReading;
    }
    if (!ok) return End(absl::CancelledError("the client has disconnected"));
    PostRead();
  }

  void OnCancel() final {
    {
      absl::MutexLock lock(&mutex_);
      is_cancelled_ = true;
      if (phase_ != Phase::kWaiting) return;
      phase_ = Phase::kReading;
    }
    End(absl::CancelledError("the client has disconnected"));
  }

  void OnDone() final {
    StopWakes();
    pools_.watchers.Remove(this);
    if (caller_) pools_.gate->CloseStream(*caller_);
    pools_.ended_calls.fetch_add(1);
    delete this;
  }

  // From here to Rest, the caller owns the stream.

  void PostRead() {
    // A full pool is tried again at the next tick.
    if (!pools_.watches.TryPost([this] { Read(); })) Rest(/*is_retry=*/true);
  }

  void Read() {
    Instant now;
    bool is_due = false;
    {
      absl::MutexLock lock(&mutex_);
      has_news_ = false;
      now = now_;
      is_due = now.monotonic - last_message_ >= silence_;
    }
    message_.Clear();
    if (const absl::Status admitted = Admit(); !admitted.ok()) return End(admitted);
    const absl::StatusOr<WatchStep> step = Next(now, is_due, message_);
    if (!step.ok()) return End(step.status());
    if (*step == WatchStep::kWait) return Rest(/*is_retry=*/false);
    {
      absl::MutexLock lock(&mutex_);
      last_message_ = now.monotonic;
      phase_ = *step == WatchStep::kSend ? Phase::kWriting : Phase::kFinished;
    }
    if (*step == WatchStep::kSend) return this->StartWrite(&message_);
    this->StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
  }

  // At first, and again before each message: a token may have been revoked meanwhile.
  absl::Status Admit() {
    if (caller_) return pools_.gate->Confirm(rpc_, origin_, *caller_);
    ASSIGN_OR_RETURN(Caller caller, pools_.gate->Admit(rpc_, origin_));
    RETURN_IF_ERROR(pools_.gate->OpenStream(caller));
    caller_ = std::move(caller);
    return absl::OkStatus();
  }

  void Rest(bool is_retry) {
    absl::Status end;
    {
      absl::MutexLock lock(&mutex_);
      if (is_cancelled_) {
        end = absl::CancelledError("the client has disconnected");
      } else if (is_draining_ && (is_retry || !has_news_)) {
        end = absl::UnavailableError("the daemon is shutting down");
      } else if (is_retry || !has_news_) {
        has_news_ = has_news_ || is_retry;
        phase_ = Phase::kWaiting;
        return;
      }
    }
    if (end.ok()) return PostRead();
    End(end);
  }

  void End(const absl::Status& status) {
    {
      absl::MutexLock lock(&mutex_);
      phase_ = Phase::kFinished;
    }
    this->Finish(ToGrpcStatus(status, identifiers()));
  }

  const Rpc rpc_;
  CallOrigin origin_;  // the owner's
  CallPools& pools_;
  const absl::Duration silence_;
  std::optional<Caller> caller_;  // the owner's, once admitted
  Response message_;              // the owner's; stays put while a write is outstanding
  absl::Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kWaiting;
  bool has_news_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_draining_ ABSL_GUARDED_BY(mutex_) = false;
  Instant now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration last_message_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace powerdown
