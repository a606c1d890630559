// Asks checkpoints questions, through one quiz worker that is kept warm for a while. Thread-safe;
// Ask blocks its caller (a pool thread, never a gRPC reaction).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/run.h"
#include "common/worker_lines.h"
#include "server/clock.h"
#include "server/run/run_queue.h"
#include "server/run/worker.h"

namespace powerdown {

struct QuizRequest {
  std::string run_id;
  std::string
      at;  // "memorised", "grokked", "stop", "best", "last", "latest", a step, a checkpoint id
  std::vector<std::string> questions;  // as typed; empty: draw `count` held-out ones
  int64_t count = 10;
  uint64_t seed = 0;
  absl::Duration deadline = absl::Seconds(30);
};

class Quiz : private WorkerObserver {
 public:
  Quiz(const std::string& state_dir, RunQueue* queue, Clock* clock, WorkerLauncher* launcher);
  ~Quiz() override;
  // InvalidArgument for a malformed question, NotFound without such a checkpoint, DataLoss for a
  // damaged one, DeadlineExceeded, Unavailable if the quiz worker died (the next call starts
  // another).
  absl::StatusOr<QuizResult> Ask(const QuizRequest& request);
  void EndIfUnused(Instant now);  // ends the warm worker after a minute without questions
  // Ends the worker for good: questions under way and later ones are Unavailable.
  void Close();

 private:
  void OnLine(const std::string& line) override;
  void OnExit(bool was_clean, const std::string& description) override;
  absl::Status EnsureWorker();
  absl::StatusOr<AnswersLine> AskWorker(AskCommand command, absl::Duration deadline);

  const std::string state_dir_;
  RunQueue* const queue_;
  Clock* const clock_;
  WorkerLauncher* const launcher_;

  absl::Mutex start_mutex_;  // one caller starts the worker; taken before mutex_
  absl::Mutex mutex_;
  std::unique_ptr<Worker> worker_ ABSL_GUARDED_BY(mutex_);
  bool has_exited_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::string exit_description_ ABSL_GUARDED_BY(mutex_);
  int64_t next_request_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<int64_t, std::optional<AnswersLine>> waiting_ ABSL_GUARDED_BY(mutex_);
  absl::Duration last_used_ ABSL_GUARDED_BY(mutex_);  // monotonic
};

// The checkpoint that `at` names, for a run with its checkpoints. NotFound says what there is.
absl::StatusOr<Checkpoint> FindCheckpoint(const Run& run, const std::string& at);

}  // namespace powerdown
