#include "server/notice_command.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/platform/descriptor.h"

extern char** environ;

namespace powerdown {
namespace {

constexpr int kCommandMilliseconds = 30000;
constexpr int kPollMilliseconds = 20;

// Waits for the end of `pid`; kills it when it takes too long.
absl::Status AwaitCommand(pid_t pid) {
  int status = 0;
  for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited += kPollMilliseconds) {
    if (waited == kCommandMilliseconds) kill(-pid, SIGKILL);
    poll(nullptr, 0, kPollMilliseconds);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  if (WIFEXITED(status)) {
    return absl::UnavailableError(
        absl::StrCat("the command failed with exit code ", WEXITSTATUS(status)));
  }
  return absl::UnavailableError("the command was killed or ran longer than 30 s");
}

absl::Status RunCommand(const std::string& command, const Notice& notice) {
  ASSIGN_OR_RETURN(Pipe notice_text, OpenPipe());
  std::vector<std::string> words = {"POWERDOWN_EVENT=" + notice.event,
                                    "POWERDOWN_RUN_ID=" + notice.run_id};
  for (char** entry = environ; *entry != nullptr; ++entry) words.emplace_back(*entry);
  std::vector<char*> environment;
  for (std::string& word : words) environment.push_back(word.data());
  environment.push_back(nullptr);
  std::string shell = "/bin/sh", flag = "-c", script = command;
  char* arguments[] = {shell.data(), flag.data(), script.data(), nullptr};
  // A notice is far smaller than a pipe, so it is in there before the command may have closed it.
  const std::string text = NoticeText(notice) + "\n";
  static_cast<void>(!write(notice_text.write.number(), text.data(), text.size()));
  notice_text.write.Close();
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, notice_text.read.number(), STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, shell.c_str(), &files, &attributes, arguments, environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  notice_text.read.Close();
  if (error != 0) return absl::UnavailableError(absl::StrCat("/bin/sh: ", strerror(error)));
  return AwaitCommand(pid);
}

}  // namespace

SendNotice NoticeCommand(const std::string& command) {
  return [command](const Notice& notice) { return RunCommand(command, notice); };
}

}  // namespace powerdown
