// Asks checkpoints questions, through one quiz worker that is kept warm for a while. Thread-safe; Ask
// blocks its caller (a pool thread, never a gRPC reaction).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run.h"
#include "server/run/run_queue.h"
#include "server/run/worker.h"

namespace powerdown {

struct QuizRequest {
  std::string run_id;
  std::string at;  // "memorised", "grokked", "latest", a step or a checkpoint id
  std::vector<std::string> questions;  // as typed; empty: draw `count` held-out ones
  int64_t count = 10;
  uint64_t seed = 0;
  absl::Duration deadline = absl::Seconds(30);
};

class Quiz {
 public:
  Quiz(const std::string& state_dir, RunQueue* queue, Clock* clock, WorkerLauncher* launcher);
  ~Quiz();
  absl::StatusOr<QuizResult> Ask(const QuizRequest& request);
  void EndIfUnused(Instant now);  // ends the warm worker after a minute without questions
};

}  // namespace powerdown
