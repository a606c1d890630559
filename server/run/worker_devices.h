// What the worker program says that it can train on: asked once, when somebody wants a GPU.
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/run/worker.h"

namespace powerdown {

class WorkerDevices {
 public:
  // Starts the program with --devices.
  using Start = std::function<absl::StatusOr<std::unique_ptr<Worker>>(WorkerObserver*)>;
  // A driver takes seconds to wake up; a request does not wait for one that hangs.
  static constexpr absl::Duration kLongestAnswer = absl::Seconds(8);

  explicit WorkerDevices(Start start, absl::Duration longest_answer = kLongestAnswer)
      : start_(std::move(start)), longest_answer_(longest_answer) {}

  // "cpu", "cuda", "mps". An answer is kept; a failure is told, and asked about again the next
  // time. Unavailable if there is none in time: it may be there for the next one.
  absl::StatusOr<std::vector<std::string>> Get();

 private:
  class Question;

  const Start start_;
  const absl::Duration longest_answer_;
  absl::Mutex mutex_;
  std::shared_ptr<Question> question_ ABSL_GUARDED_BY(mutex_);  // shared with those who wait
};

}  // namespace powerdown
