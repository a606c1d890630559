#include "server/notice_command.h"

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/platform/descriptor.h"
#include "common/platform/environment.h"
#include "common/platform/process.h"
#include "server/notify/webhook.h"

namespace powerdown {
namespace {

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
    if (pid_ > 0) KillGroup(pid_);
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
  ProcessSpec spec;
  spec.words = {"/bin/sh", "-c", command};
  spec.environment = ListedEnvironment(kNoticeVariables);
  spec.environment.push_back("POWERDOWN_EVENT=" + notice.event);
  spec.environment.push_back("POWERDOWN_RUN_ID=" + notice.run_id);
  spec.input = input;
  return StartProcess(spec);
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

// Gives the command its text and waits for its end; kills it when it takes too long.
absl::Status Await(pid_t pid, Descriptor pipe, std::string text, absl::Duration limit,
                   Running& running) {
  const AwaitedEnd awaited = AwaitEnd(pid, limit, [&] { Write(pipe, text); });
  running.Set(0);
  Reap(pid);
  if (awaited.was_late) {
    return absl::UnavailableError(absl::StrCat("the command ran for more than ",
                                               absl::FormatDuration(limit), " and was killed"));
  }
  if (awaited.end.was_killed) {
    return absl::UnavailableError(
        absl::StrCat("the command was killed by signal ", awaited.end.number));
  }
  if (awaited.end.number == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the command failed with exit code ", awaited.end.number));
}

absl::Status RunCommand(const std::string& command, const Notice& notice, absl::Duration limit,
                        Running& running) {
  if (running.is_stopped()) return absl::CancelledError("the daemon ends");
  ASSIGN_OR_RETURN(Pipe input, OpenPipe());
  // The text is written while the command runs: it need not read, and a pipe holds only so much.
  SetNonBlocking(input.write);
  ASSIGN_OR_RETURN(const pid_t pid, Start(command, notice, input.read.number()));
  input.read.Close();
  if (!running.Set(pid)) KillGroup(pid);
  return Await(pid, std::move(input.write), NoticeText(notice) + "\n", limit, running);
}

}  // namespace

NoticeSender NoticeCommand(const std::string& command, absl::Duration limit) {
  const auto running = std::make_shared<Running>();
  return {[=](const Notice& notice) { return RunCommand(command, notice, limit, *running); },
          [=] { running->Stop(); }};
}

absl::StatusOr<NoticeSender> ChooseNoticeSender(const std::string& url,
                                                const std::string& command) {
  if (url.empty()) return NoticeCommand(command);
  if (command.empty()) return WebhookSender(url);
  return absl::InvalidArgumentError("notify-url and notify-command: only one of them is allowed");
}

}  // namespace powerdown
