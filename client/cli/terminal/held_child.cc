#include "client/cli/terminal/held_child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

constexpr int kPassedOn[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};
constexpr int kCannotRun = 126;  // what a shell says of a program that it found and cannot start

std::atomic<pid_t> child_of_signals{0};
static_assert(std::atomic<pid_t>::is_always_lock_free);

void PassOn(int number, siginfo_t* info, void*) {
  // What the terminal sends, it sends to the whole group.
  if (info != nullptr && info->si_code != SI_USER && info->si_code != SI_QUEUE) return;
  const pid_t child = child_of_signals.load();
  if (child > 0) kill(child, number);
}

std::vector<char*> PointersTo(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The limit that this program lowered for itself.
void RestoreCoreLimit() {
  rlimit core = {};
  getrlimit(RLIMIT_CORE, &core);
  core.rlim_cur = core.rlim_max;
  setrlimit(RLIMIT_CORE, &core);
}

[[noreturn]] void BeginWhenReleased(int gate, const char* path, char* const* words,
                                    char* const* environment) {
  char byte = 0;
  ssize_t count = 0;
  do {
    count = read(gate, &byte, 1);
  } while (count < 0 && errno == EINTR);
  if (count != 1) _exit(kCannotRun);
  RestoreCoreLimit();
  execve(path, words, environment);
  _exit(kCannotRun);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HeldChild>> HeldChild::Fork(
    const std::string& path, const std::vector<std::string>& words,
    const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(Pipe gate, OpenPipe());
  // What the program leaves behind stays in the tree that is metered, as long as it runs itself.
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const std::vector<char*> argv = PointersTo(words);
  const std::vector<char*> variables = PointersTo(environment);
  const pid_t pid = fork();
  if (pid < 0) return SystemError(Concat("cannot start ", path), errno);
  if (pid == 0) {
    gate.write.Close();
    BeginWhenReleased(gate.read.number(), path.c_str(), argv.data(), variables.data());
  }
  return std::unique_ptr<HeldChild>(new HeldChild(pid, std::move(gate.write)));
}

HeldChild::~HeldChild() {
  gate_.Close();
  if (!has_ended_) Wait();
}

void HeldChild::Release() {
  child_of_signals = pid_;
  struct sigaction action = {};
  action.sa_sigaction = PassOn;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (const int number : kPassedOn) sigaction(number, &action, nullptr);
  const char byte = 1;
  static_cast<void>(!write(gate_.number(), &byte, 1));
  gate_.Close();
}

ProcessEnd HeldChild::Wait() {
  int raw = 0;
  while (waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
  }
  has_ended_ = true;
  child_of_signals = 0;
  if (WIFEXITED(raw)) return {false, WEXITSTATUS(raw)};
  return {true, WTERMSIG(raw)};
}

void EndAs(const ProcessEnd& end) {
  if (!end.was_killed) std::exit(end.number);
  std::fflush(nullptr);
  signal(end.number, SIG_DFL);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, end.number);
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
  raise(end.number);
  std::exit(128 + end.number);  // as a shell says it
}

}  // namespace powerdown
