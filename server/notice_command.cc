#include "server/notice_command.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/platform/descriptor.h"
#include "common/platform/environment.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(20);

// The command that runs, so that another thread can kill it. Thread-safe.
class Running {
 public:
  // 0: none. False once Stop was called: then it must be killed.
  bool Set(pid_t pid) {
    absl::MutexLock lock(&mutex_);
    pid_ = pid;
    return !is_stopped_;
  }
  void Stop() {
    absl::MutexLock lock(&mutex_);
    is_stopped_ = true;
    if (pid_ > 0) kill(-pid_, SIGKILL);
  }
  bool is_stopped() const {
    absl::MutexLock lock(&mutex_);
    return is_stopped_;
  }

 private:
  mutable absl::Mutex mutex_;
  pid_t pid_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

absl::StatusOr<pid_t> Start(const std::string& command, const Notice& notice, int input) {
  std::vector<std::string> words = {"POWERDOWN_EVENT=" + notice.event,
                                    "POWERDOWN_RUN_ID=" + notice.run_id};
  for (std::string& variable : ListedEnvironment(kNoticeVariables)) {
    words.push_back(std::move(variable));
  }
  std::vector<char*> environment;
  for (std::string& word : words) environment.push_back(word.data());
  environment.push_back(nullptr);
  std::string shell = "/bin/sh", flag = "-c", script = command;
  char* arguments[] = {shell.data(), flag.data(), script.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, shell.c_str(), &files, &attributes, arguments, environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return absl::UnavailableError(absl::StrCat("/bin/sh: ", strerror(error)));
  return pid;
}

// Writes as much of `text` as the pipe takes now; closes it after the end, or when nobody reads.
void Write(Descriptor& pipe, std::string& text) {
  while (pipe.is_open() && !text.empty()) {
    const ssize_t count = write(pipe.number(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    text.erase(0, count < 0 ? text.size() : static_cast<size_t>(count));
  }
  pipe.Close();
}

bool HasEnded(pid_t pid) {
  siginfo_t end = {};
  // Not reaped yet: until then its process group can be killed without hitting another's.
  return waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT | WNOHANG) == 0 &&
         end.si_pid != 0;
}

// Gives the command its text and waits for its end; kills it when it takes too long.
absl::Status Await(pid_t pid, Descriptor pipe, std::string text, absl::Duration limit,
                   Running& running) {
  bool is_late = false;
  for (absl::Duration waited; !HasEnded(pid); waited += kPoll) {
    Write(pipe, text);
    is_late = waited >= limit;
    if (is_late) kill(-pid, SIGKILL);
    poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(kPoll)));
  }
  running.Set(0);
  int status = 0;
  waitpid(pid, &status, 0);
  if (is_late) {
    return absl::UnavailableError(absl::StrCat("the command ran for more than ",
                                               absl::FormatDuration(limit), " and was killed"));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  if (WIFEXITED(status)) {
    return absl::UnavailableError(
        absl::StrCat("the command failed with exit code ", WEXITSTATUS(status)));
  }
  return absl::UnavailableError(
      absl::StrCat("the command was killed by signal ", WTERMSIG(status)));
}

absl::Status RunCommand(const std::string& command, const Notice& notice, absl::Duration limit,
                        Running& running) {
  if (running.is_stopped()) return absl::CancelledError("the daemon ends");
  ASSIGN_OR_RETURN(Pipe input, OpenPipe());
  // The text is written while the command runs: it need not read, and a pipe holds only so much.
  SetNonBlocking(input.write);
  ASSIGN_OR_RETURN(const pid_t pid, Start(command, notice, input.read.number()));
  input.read.Close();
  if (!running.Set(pid)) kill(-pid, SIGKILL);
  return Await(pid, std::move(input.write), NoticeText(notice) + "\n", limit, running);
}

}  // namespace

NoticeSender NoticeCommand(const std::string& command, absl::Duration limit) {
  const auto running = std::make_shared<Running>();
  return {[=](const Notice& notice) { return RunCommand(command, notice, limit, *running); },
          [=] { running->Stop(); }};
}

}  // namespace powerdown
