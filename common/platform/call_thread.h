// Does what may never return (a driver's call, the resolver of names) on a thread of its own, and
// gives up on it after a limit. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/status.h"

namespace powerdown {

class CallThread {
 public:
  // `what` is named in errors: "the NVIDIA driver".
  explicit CallThread(std::string what);
  // Waits for at most a second for what is under way, and then leaves it to itself.
  ~CallThread();
  CallThread(const CallThread&) = delete;
  CallThread& operator=(const CallThread&) = delete;

  // Waits for `work` for at most `limit`, then gives up on it: Unavailable. While what was given up
  // on has not returned, later calls are refused at once. `work` must own all that it touches, as
  // it may outlive the caller.
  absl::Status Run(std::function<void()> work, absl::Duration limit);

  // The same for what has an answer.
  template <typename Answer>
  absl::StatusOr<Answer> Ask(std::function<absl::StatusOr<Answer>()> work, absl::Duration limit) {
    auto answer = std::make_shared<absl::StatusOr<Answer>>(absl::UnknownError("not asked"));
    const auto ask = [answer, work = std::move(work)] { *answer = work(); };
    RETURN_IF_ERROR(Run(ask, limit));
    return std::move(*answer);
  }

  // Does `work` when all before it is done, without waiting. Dropped when kMostWaiting wait
  // already.
  void Post(std::function<void()> work);
  static constexpr size_t kMostWaiting = 64;

  // Whether the thread of one that is gone still hangs. exit() would then take from it what it
  // uses.
  static bool IsAnyLeft();

  // Whoever waits in Run, now or later, is told Cancelled at once.
  void Cancel();

 private:
  struct State;
  static void Work(const std::shared_ptr<State>& state);

  const std::string what_;
  const std::shared_ptr<State> state_;  // shared with the thread, which may live on
};

}  // namespace powerdown
