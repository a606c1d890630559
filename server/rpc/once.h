// Answers a repeated request with its first answer, also after a crash: a mutation hands `answer`
// down to the store, which remembers it in the transaction that makes the change.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/permissions.h"
#include "server/store/store.h"

namespace powerdown {

// Lets one call of each request id through at a time: a client that gave up waiting asks again
// while its first call is still at work. Thread-safe.
class RequestTurns {
 public:
  class Turn {
   public:
    Turn(RequestTurns& turns, std::string key)
        : turns_(turns), key_(std::move(key)), is_taken_(turns_.Take(key_)) {}
    ~Turn() {
      if (is_taken_) turns_.Leave(key_);
    }
    bool is_taken() const { return is_taken_; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    RequestTurns& turns_;
    const std::string key_;
    const bool is_taken_;
  };

  // A call waits so long for an earlier one of its request id.
  explicit RequestTurns(absl::Duration longest_wait = absl::Seconds(5))
      : longest_wait_(longest_wait) {}

 private:
  bool Take(const std::string& key) {
    const auto is_free = [this, &key] {
      mutex_.AssertHeld();
      return !taken_.contains(key);
    };
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(&is_free), longest_wait_)) return false;
    taken_.insert(key);
    return true;
  }
  void Leave(const std::string& key) {
    absl::MutexLock lock(&mutex_);
    taken_.erase(key);
  }

  const absl::Duration longest_wait_;
  absl::Mutex mutex_;
  std::set<std::string> taken_ ABSL_GUARDED_BY(mutex_);
};

// `act(NewAnswer)` makes the change; `repeat(text)` answers from what was remembered. Both return a
// StatusOr of the response. `request_id` is the caller's own (OwnRequestId); empty: act.
template <typename Act, typename Repeat>
auto Once(Store& store, RequestTurns& turns, Rpc rpc, const std::string& request_id, Act act,
          Repeat repeat) -> decltype(act(NewAnswer())) {
  if (request_id.empty()) return act(NewAnswer());
  const std::string method = NameOf(rpc);
  const RequestTurns::Turn turn(turns, method + " " + request_id);
  if (!turn.is_taken()) {
    return absl::UnavailableError(
        "an earlier call of this request is still at work; ask again to be told its outcome");
  }
  absl::StatusOr<std::optional<std::string>> earlier = store.answers().Find(request_id, method);
  if (!earlier.ok()) return earlier.status();
  if (*earlier) return repeat(**earlier);
  return act(NewAnswer{request_id, method, ""});
}

}  // namespace powerdown
