#include "server/runner/attached_process.h"

#include <signal.h>
#include <sys/types.h>

#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr char kProc[] = "/proc";

}  // namespace

absl::StatusOr<std::unique_ptr<AttachedProcess>> AttachedProcess::Open(
    const Attachment& attachment, const ProgramChannel* channel) {
  const std::optional<ProcessFacts> waiting = ReadProcessFacts(kProc, attachment.pid);
  const std::optional<ProcessFacts> child = ReadProcessFacts(kProc, attachment.child);
  // A short program has ended by now, while exec waits to be seen: it may just be about to say how.
  const bool is_there = waiting && (!child || child->parent == attachment.pid);
  if (!is_there && !channel->FindEnd()) {
    return absl::NotFoundError(Concat("process ", attachment.child, " is no child of process ",
                                      attachment.pid, ": powerdown exec has ended"));
  }
  return std::unique_ptr<AttachedProcess>(
      new AttachedProcess(attachment, waiting.value_or(ProcessFacts()), channel));
}

bool AttachedProcess::IsWaiting() const {
  const std::optional<ProcessFacts> now = ReadProcessFacts(kProc, attachment_.pid);
  return now && now->started == waiting_.started && !now->is_dead;
}

void AttachedProcess::Look() {
  if (end_) return;
  const bool was_waiting = IsWaiting();
  end_ = channel_.FindEnd();
  if (!end_ && !was_waiting) end_ = ProcessEnd{true, SIGKILL};  // it could not say goodbye
}

void AttachedProcess::Tell(int signal) {
  const std::optional<ProcessFacts> child = ReadProcessFacts(kProc, attachment_.child);
  if (!child || child->parent != attachment_.pid || !IsWaiting()) return;
  kill(static_cast<pid_t>(attachment_.child), signal);
}

void AttachedProcess::TellAll(int signal) {
  if (!IsWaiting()) return;
  for (const ProcessFacts& process : tree_.Look()) {
    if (process.pid == attachment_.pid || process.is_dead) continue;
    kill(static_cast<pid_t>(process.pid), signal);
  }
}

}  // namespace powerdown
