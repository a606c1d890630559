#include "server/runner/command_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

#include "common/base/status.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

// Processes that are started while others are told are found at the next look. A fork bomb is
// slower than this many looks, or is told again at the runner's next round.
constexpr int kMostLooks = 20;

}  // namespace

absl::Status BecomeSubreaper() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return absl::OkStatus();
  return SystemError("cannot look after the command's processes", errno);
}

absl::StatusOr<std::unique_ptr<CommandProcess>> CommandProcess::Start(
    const std::vector<std::string>& words, const std::string& directory,
    const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(Pipe output, OpenPipe());
  ASSIGN_OR_RETURN(Pipe errors, OpenPipe());
  ProcessSpec spec;
  spec.words = words;
  spec.environment = environment;
  spec.output = output.write.number();
  spec.errors = errors.write.number();
  spec.directory = directory;
  spec.leads_session = true;
  spec.dies_with_parent = true;
  ASSIGN_OR_RETURN(const pid_t pid, StartProcess(spec));
  SetNonBlocking(output.read);
  SetNonBlocking(errors.read);
  return std::unique_ptr<CommandProcess>(
      new CommandProcess(pid, std::move(output.read), std::move(errors.read)));
}

CommandProcess::CommandProcess(pid_t pid, Descriptor output, Descriptor errors)
    : pid_(pid), output_(std::move(output)), errors_(std::move(errors)), tree_(getpid()) {}

CommandProcess::~CommandProcess() {
  while (!has_ended_) {
    TellAll(SIGKILL);
    siginfo_t next = {};
    waitid(P_ALL, 0, &next, WEXITED | WNOWAIT);
    Look();
  }
}

void CommandProcess::Look() {
  for (;;) {
    int raw = 0;
    const pid_t pid = waitpid(-1, &raw, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) has_ended_ = true;  // this process has no children any more
    if (pid <= 0) return;
    if (pid != pid_) continue;
    end_ = WIFEXITED(raw) ? ProcessEnd{false, WEXITSTATUS(raw)} : ProcessEnd{true, WTERMSIG(raw)};
  }
}

void CommandProcess::Tell(int signal) {
  if (end_) {
    TellAll(signal);
  } else {
    kill(pid_, signal);
  }
}

void CommandProcess::TellAll(int signal) {
  std::set<int64_t> told = {getpid()};
  for (int look = 0; look < kMostLooks; ++look) {
    bool is_new = false;
    for (const ProcessFacts& process : tree_.Look()) {
      if (process.is_dead || !told.insert(process.pid).second) continue;
      is_new = true;
      kill(static_cast<pid_t>(process.pid), signal);
    }
    if (!is_new) return;
  }
}

}  // namespace powerdown
