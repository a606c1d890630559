// Asks models questions: a live model through its run's own worker, a checkpoint through one quiz
// worker that is kept warm for a while. Thread-safe; asking blocks its caller (a pool thread, never
// a gRPC reaction) until the answer, its deadline, or until its slot is cancelled.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/run/run.h"
#include "common/run/worker_lines.h"
#include "server/clock.h"
#include "server/meter/sampler.h"
#include "server/run/answer_desk.h"
#include "server/run/run_queue.h"
#include "server/run/worker.h"
#include "server/store/store.h"

namespace powerdown {

struct QuizRequest {
  std::string run_id;
  // "memorised", "grokked", "stop", "best", "last", "latest", a step, or a checkpoint id
  std::string at;
  std::vector<std::string> questions;  // as typed; empty: draw `count` held-out ones
  int64_t count = 10;
  uint64_t seed = 0;
  absl::Duration deadline = absl::Seconds(30);
};

struct GridRequest {
  std::string run_id;
  std::string at;  // as above
  absl::Duration deadline = absl::Seconds(30);
};

class Quiz : private WorkerObserver {
 public:
  static constexpr int64_t kMostDrawn = 10000;
  static constexpr size_t kMostTyped = 1000;
  static constexpr size_t kMostTypedBytes = 16384;

  // All outlive it.
  struct Parts {
    Store* store = nullptr;
    RunQueue* queue = nullptr;
    Sampler* sampler = nullptr;
    Clock* clock = nullptr;
    WorkerLauncher* launcher = nullptr;
  };
  Quiz(const std::string& state_dir, const Parts& parts);
  ~Quiz() override;

  // InvalidArgument for a malformed question, NotFound without such a checkpoint or its file,
  // DataLoss for a damaged or edited one, DeadlineExceeded, Cancelled through the slot,
  // ResourceExhausted when too many ask, Unavailable if the quiz worker died (the next call starts
  // another).
  absl::StatusOr<QuizResult> Ask(const QuizRequest& request, std::shared_ptr<AnswerSlot> slot);
  // The same for all questions of a task with two operands.
  absl::StatusOr<AnswerGrid> GetGrid(const GridRequest& request, std::shared_ptr<AnswerSlot> slot);

  // Ends the worker after a minute without questions, or when it has said nothing for a minute
  // while it owed an answer. After each Tick of the sampler.
  void Tick(Instant now);
  // Ends the worker for good: questions under way and later ones are Unavailable.
  void Close();

 private:
  struct Answered {
    Run run;
    Checkpoint checkpoint;  // without an id: the live model
    AnswerSlot::Sheet sheet;
    std::optional<Joules> energy;
  };
  void OnLine(const std::string& line) override;
  void OnExit(const WorkerExit& exit) override;
  absl::StatusOr<Answered> Answer(const std::string& run_id, const std::string& at,
                                  AskCommand command, absl::Duration deadline,
                                  const std::shared_ptr<AnswerSlot>& slot);
  absl::StatusOr<AnswerSlot::Sheet> AskLive(const std::string& run_id, const AskCommand& command,
                                            absl::Duration deadline,
                                            const std::shared_ptr<AnswerSlot>& slot);
  absl::StatusOr<AnswerSlot::Sheet> AskWorker(AskCommand command, absl::Duration deadline,
                                              const std::shared_ptr<AnswerSlot>& slot);
  absl::Status EnsureWorker();
  std::optional<Joules> EnergyOf(const AnswersLine& line);
  bool MustEnd(Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string state_dir_;
  const Parts parts_;
  AnswerDesk desk_;

  absl::Mutex start_mutex_;  // one caller starts or ends the worker; taken before mutex_
  absl::Mutex mutex_;
  // Shared with callers that are telling it something: a full pipe must not hold mutex_, which the
  // answers that would empty it need.
  std::shared_ptr<Worker> worker_ ABSL_GUARDED_BY(mutex_);
  std::string consumer_ ABSL_GUARDED_BY(mutex_);  // of worker_ in the ledger
  bool has_exited_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration last_used_ ABSL_GUARDED_BY(mutex_);   // monotonic
  absl::Duration last_heard_ ABSL_GUARDED_BY(mutex_);  // monotonic
};

// The checkpoint that `at` names, for a run with its checkpoints: a label's or step's newest, the
// nearest at or before a step, "latest", or an unambiguous prefix of an id. NotFound says what
// there is.
absl::StatusOr<Checkpoint> FindCheckpoint(const Run& run, const std::string& at);

}  // namespace powerdown
