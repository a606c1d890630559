// The calls that are under way and may not be so for ever: one that waits for a disk or a driver
// that hangs is answered UNAVAILABLE after its limit. What it does goes on, so the answer does not
// say whether it was done: a repeat with the same request id does, once that is known. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/instant.h"
#include "grpcpp/support/server_callback.h"

namespace powerdown {

// Far more than any call of the ordinary pool takes that waits for nothing which hangs.
inline constexpr absl::Duration kLongestCall = absl::Seconds(15);

// One call, which is ended once. After that nothing of it may be touched.
class UnaryEnd {
 public:
  explicit UnaryEnd(grpc::ServerUnaryReactor* reactor) : reactor_(*reactor) {}

  // `prepare` is called first, with nobody else able to end the call. False if it was ended before.
  template <typename Prepare>
  bool End(const grpc::Status& status, Prepare prepare) {
    {
      absl::MutexLock lock(&mutex_);
      if (std::exchange(is_over_, true)) return false;
    }
    prepare();
    reactor_.Finish(status);
    return true;
  }
  // Calls `look` while the call cannot be ended; false if it was ended.
  template <typename Look>
  bool WhileOpen(Look look) {
    absl::MutexLock lock(&mutex_);
    if (!is_over_) look();
    return !is_over_;
  }

 private:
  grpc::ServerUnaryReactor& reactor_;
  absl::Mutex mutex_;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
};

class OpenCalls {
 public:
  using Expire = std::function<void()>;
  // `expire` is called once the call took kLongestCall, unless it was removed before.
  int64_t Add(Expire expire);
  void Remove(int64_t number);
  void Tick(Instant now);

 private:
  struct Call {
    Expire expire;
    std::optional<absl::Duration> seen_at;  // monotonic, at the first tick
  };
  absl::Mutex mutex_;
  int64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<int64_t, Call> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
