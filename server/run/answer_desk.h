// Delivers workers' answers to the threads that wait for them. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/run/worker_lines.h"

namespace powerdown {

// Where one question's answers arrive, unless its asker goes first. Shared by the asker, the call
// that may be cancelled, and the desk until the worker's last word.
class AnswerSlot {
 public:
  // What a worker said in all its lines; `last` without the answers and cells.
  struct Sheet {
    AnswersLine last;
    std::vector<QuizAnswer> answers;
    AnswerGrid grid;
  };

  void Put(AnswersLine line);
  void Fail(absl::Status status);  // kept if it is the first
  void Cancel();                   // the client has gone
  // After a failure that asking elsewhere may mend: the slot is as new. False if the client has
  // gone meanwhile.
  bool Reopen();
  // All of it, or the first failure, or DeadlineExceeded; what comes later is dropped.
  absl::StatusOr<Sheet> Await(absl::Duration deadline);

 private:
  bool IsOver() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return is_whole_ || !failure_.ok(); }

  absl::Mutex mutex_;
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  Sheet sheet_ ABSL_GUARDED_BY(mutex_);
  bool is_whole_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

class AnswerDesk {
 public:
  // The command with a request number of its own, to be sent to `worker`. ResourceExhausted when
  // the commands that it owes answers to, also to askers that have gone, might not fit into its
  // pipe: a worker that does not read would be cut off.
  absl::StatusOr<AskCommand> Open(const std::string& worker, AskCommand command,
                                  std::shared_ptr<AnswerSlot> slot);
  void Deliver(AnswersLine line);  // to its slot; to nobody if there is none
  // All that it owes fails: it has ended.
  void FailAll(const std::string& worker, const absl::Status& status);
  size_t owed(const std::string& worker) const;

  static constexpr size_t kMostOwedBytes = 48 << 10;  // of the 64 KiB that a pipe holds

 private:
  struct Entry {
    std::string worker;
    std::shared_ptr<AnswerSlot> slot;
    size_t bytes = 0;  // of its command, and of one that cancels it
  };
  mutable absl::Mutex mutex_;
  std::map<int64_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t next_request_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace powerdown
