// Asks models in training: passes questions to a run's worker and answers back without waiting for
// the queue's tick. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/run/answer_desk.h"
#include "server/run/worker.h"

namespace powerdown {

class LiveModels {
 public:
  // `worker` must be removed before it is destroyed.
  void Add(const std::string& run_id, Worker* worker);
  void Remove(const std::string& run_id);  // what it owes fails as Aborted

  // Sends a question; its answers come to the slot. Returns the request's number, for Cancel.
  // FailedPrecondition if the run has no worker; ResourceExhausted if it owes too many answers.
  absl::StatusOr<int64_t> Ask(const std::string& run_id, AskCommand command,
                              std::shared_ptr<AnswerSlot> slot);
  void Cancel(const std::string& run_id, int64_t request);
  // A line of a worker, if it is one of answers: then it is delivered.
  bool TakeLine(const std::string& line);

 private:
  AnswerDesk desk_;
  absl::Mutex mutex_;
  std::map<std::string, Worker*> workers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
