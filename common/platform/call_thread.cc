#include "common/platform/call_thread.h"

#include <atomic>
#include <deque>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/hot_mutex.h"

namespace powerdown {
namespace {

constexpr absl::Duration kEndLimit = absl::Seconds(1);

std::atomic<int> left_threads = 0;

}  // namespace

struct CallThread::State {
  absl::Mutex mutex;
  std::deque<std::function<void()>> waiting ABSL_GUARDED_BY(mutex);
  int64_t accepted ABSL_GUARDED_BY(mutex) = 0;
  int64_t done ABSL_GUARDED_BY(mutex) = 0;
  int64_t given_up_on ABSL_GUARDED_BY(mutex) = 0;  // the newest that nobody waits for any longer
  bool is_cancelled ABSL_GUARDED_BY(mutex) = false;
  bool is_left ABSL_GUARDED_BY(mutex) = false;  // counted in left_threads
  bool must_end ABSL_GUARDED_BY(mutex) = false;
  bool has_ended ABSL_GUARDED_BY(mutex) = false;
};

CallThread::CallThread(std::string what)
    : what_(std::move(what)), state_(std::make_shared<State>()) {
  std::thread([state = state_] { Work(state); }).detach();
}

CallThread::~CallThread() {
  State& state = *state_;
  absl::MutexLock lock(&state.mutex);
  state.must_end = true;
  state.is_left = !state.mutex.AwaitWithTimeout(absl::Condition(&state.has_ended), kEndLimit);
  if (state.is_left) ++left_threads;
}

bool CallThread::IsAnyLeft() {
  return left_threads > 0;
}

void CallThread::Work(const std::shared_ptr<State>& state) {
  const auto has_work = [&] {
    state->mutex.AssertHeld();
    return state->must_end || !state->waiting.empty();
  };
  for (;;) {
    std::function<void()> work;
    {
      absl::MutexLock lock(&state->mutex);
      state->mutex.Await(absl::Condition(&has_work));
      if (state->waiting.empty()) {
        state->has_ended = true;
        if (state->is_left) --left_threads;
        return;
      }
      work = std::move(state->waiting.front());
      state->waiting.pop_front();
    }
    work();
    work = nullptr;  // what it owns may be a driver's too
    absl::MutexLock lock(&state->mutex);
    ++state->done;
  }
}

absl::Status CallThread::Run(std::function<void()> work, absl::Duration limit) {
  MayWait();
  State& state = *state_;
  absl::MutexLock lock(&state.mutex);
  if (state.is_cancelled) return absl::CancelledError(absl::StrCat(what_, " is no longer asked"));
  const absl::Status silent = absl::UnavailableError(
      absl::StrCat(what_, " has not answered for ", absl::FormatDuration(limit)));
  if (state.done < state.given_up_on || state.waiting.size() >= kMostWaiting) return silent;
  state.waiting.push_back(std::move(work));
  const int64_t own = ++state.accepted;
  const auto is_over = [&] {
    state.mutex.AssertHeld();
    return state.done >= own || state.is_cancelled;
  };
  state.mutex.AwaitWithTimeout(absl::Condition(&is_over), limit);
  if (state.done >= own) return absl::OkStatus();
  state.given_up_on = own;
  if (state.is_cancelled) return absl::CancelledError(absl::StrCat(what_, " is no longer asked"));
  return silent;
}

void CallThread::Post(std::function<void()> work) {
  State& state = *state_;
  absl::MutexLock lock(&state.mutex);
  if (state.waiting.size() >= kMostWaiting) return;
  state.waiting.push_back(std::move(work));
  ++state.accepted;
}

void CallThread::Cancel() {
  State& state = *state_;
  absl::MutexLock lock(&state.mutex);
  state.is_cancelled = true;
}

}  // namespace powerdown
