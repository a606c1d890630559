#include "server/run/live_models.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace powerdown {

void LiveModels::Add(const std::string& run_id, Worker* worker) {
  absl::MutexLock lock(&mutex_);
  workers_[run_id] = worker;
}

void LiveModels::Remove(const std::string& run_id) {
  {
    absl::MutexLock lock(&mutex_);
    workers_.erase(run_id);
  }
  desk_.FailAll(run_id, absl::AbortedError(absl::StrCat("run ", run_id, " has just ended")));
}

absl::StatusOr<int64_t> LiveModels::Ask(const std::string& run_id, AskCommand command,
                                        std::shared_ptr<AnswerSlot> slot) {
  absl::MutexLock lock(&mutex_);
  const auto worker = workers_.find(run_id);
  if (worker == workers_.end()) {
    return absl::FailedPreconditionError(absl::StrCat("run ", run_id, " is not in training"));
  }
  ASSIGN_OR_RETURN(command, desk_.Open(run_id, std::move(command), std::move(slot)));
  const absl::Status sent = worker->second->Send(FormatCommand(WorkerCommand(command)));
  // A worker that cannot be written to is ending: its end is told to all that wait.
  if (!sent.ok()) desk_.FailAll(run_id, absl::AbortedError(sent.message()));
  return command.request;
}

void LiveModels::Cancel(const std::string& run_id, int64_t request) {
  absl::MutexLock lock(&mutex_);
  const auto worker = workers_.find(run_id);
  if (worker == workers_.end()) return;
  // If it cannot be told, it is ending anyway.
  worker->second->Send(FormatCommand(WorkerCommand(CancelAskCommand{request}))).IgnoreError();
}

bool LiveModels::TakeLine(const std::string& line) {
  if (!absl::StartsWith(line, R"({"line":"answers")")) return false;
  absl::StatusOr<WorkerLine> parsed = ParseLine(line);
  if (!parsed.ok()) return false;  // the queue says what is wrong with it
  desk_.Deliver(std::get<AnswersLine>(*std::move(parsed)));
  return true;
}

}  // namespace powerdown
