#include "common/platform/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "common/base/hot_mutex.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/descriptor.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

constexpr int kKept = 3;  // see ProcessSpec::kept
// Seldom enough to cost nothing, often enough that nobody waits for it.
constexpr absl::Duration kPoll = absl::Milliseconds(20);

// Prepared before the fork: afterwards only async-signal-safe calls are made.
struct Child {
  const ProcessSpec& spec;
  std::vector<char*> words;
  std::vector<char*> environment;
  std::string oom_score;
  int failure;  // where the error number of what failed is written
  int highest;  // open descriptor
};

// Descriptors that a library opened would else reach the child.
int HighestDescriptor() {
  int highest = kKept;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/fd", none)) {
    int number = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &number)) {
      highest = std::max(highest, number);
    }
  }
  return highest;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void Limit(int resource, int64_t most) {
  const rlimit limit = {static_cast<rlim_t>(most), static_cast<rlim_t>(most)};
  setrlimit(static_cast<decltype(RLIMIT_DATA)>(resource), &limit);
}

void LimitSelf(const Child& child) {
  if (child.spec.most_file_bytes > 0) {
    signal(SIGXFSZ, SIG_IGN);
    Limit(RLIMIT_FSIZE, child.spec.most_file_bytes);
  }
  if (child.spec.dumps_no_core) Limit(RLIMIT_CORE, 0);
  if (child.spec.most_data_bytes > 0) Limit(RLIMIT_DATA, child.spec.most_data_bytes);
  if (child.spec.nice != 0) setpriority(PRIO_PROCESS, 0, child.spec.nice);
  if (child.oom_score.empty()) return;
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;  // a system without it
  static_cast<void>(!write(file, child.oom_score.data(), child.oom_score.size()));
  close(file);
}

// The descriptors become 0 to 3; the exec closes all others. High copies come first, so that none
// is overwritten before it is copied.
bool TakeDescriptors(const Child& child) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int given[] = {child.spec.input >= 0 ? child.spec.input : nothing, child.spec.output,
                       child.spec.errors, child.spec.kept};
  int copies[] = {-1, -1, -1, -1};
  for (int i = 0; i <= kKept; ++i) {
    if (given[i] < 0) continue;
    copies[i] = fcntl(given[i], F_DUPFD_CLOEXEC, kKept + 1);
    if (copies[i] < 0) return false;
  }
  for (int i = 0; i <= kKept; ++i) {
    if (copies[i] >= 0 && dup2(copies[i], i) < 0) return false;
  }
  for (int i = child.spec.kept >= 0 ? kKept + 1 : kKept; i <= child.highest; ++i) {
    fcntl(i, F_SETFD, FD_CLOEXEC);
  }
  return true;
}

// The groups first: without root they could no longer be changed.
bool TakeAccount(const Child& child) {
  if (!child.spec.account) return true;
#ifdef PR_SET_NO_NEW_PRIVS
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
#endif
  const Account& account = *child.spec.account;
  if (account.IsOwn()) return true;
  return setgroups(account.groups.size(), account.groups.data()) == 0 && setgid(account.gid) == 0 &&
         setuid(account.uid) == 0;
}

// After the account: what that one may not enter is refused.
bool EnterFolder(const ProcessSpec& spec) {
  if (spec.folder >= 0) return fchdir(spec.folder) == 0;
  return spec.directory.empty() || chdir(spec.directory.c_str()) == 0;
}

[[noreturn]] void RunChild(const Child& child) {
  if (child.spec.leads_session) {
    setsid();
  } else {
    setpgid(0, 0);
  }
  LimitSelf(child);
  if (TakeAccount(child) && EnterFolder(child.spec) && TakeDescriptors(child)) {
    signal(SIGPIPE, SIG_DFL);
#ifdef PR_SET_PDEATHSIG
    if (child.spec.dies_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#endif
    execve(child.words[0], child.words.data(), child.environment.data());
  }
  const int error = errno;
  static_cast<void>(!write(child.failure, &error, sizeof error));
  _exit(127);
}

}  // namespace

absl::StatusOr<pid_t> StartProcess(const ProcessSpec& spec) {
  MayWait();
  ASSIGN_OR_RETURN(Pipe failure, OpenPipe());
  // Above those that the child's take the place of.
  Descriptor told(fcntl(failure.write.number(), F_DUPFD_CLOEXEC, kKept + 1));
  if (!told.is_open()) return SystemError(Concat("cannot start ", spec.words.front()), errno);
  failure.write.Close();
  const Child child{spec,
                    Pointers(spec.words),
                    Pointers(spec.environment),
                    spec.oom_score == 0 ? "" : std::to_string(spec.oom_score),
                    told.number(),
                    HighestDescriptor()};
  const pid_t pid = fork();
  if (pid < 0) return SystemError(Concat("cannot start ", spec.words.front()), errno);
  if (pid == 0) RunChild(child);
  told.Close();
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(failure.read.number(), &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof error) return pid;  // the exec closed it
  Reap(pid);
  return SystemError(Concat("cannot start ", spec.words.front()), error);
}

absl::Status CheckEnterable(const Account& account, const std::string& directory) {
  ProcessSpec spec;
  spec.words = {"/bin/true"};
  spec.directory = directory;
  spec.account = account;
  const absl::StatusOr<pid_t> pid = StartProcess(spec);
  if (pid.ok()) {
    Reap(*pid);
    return absl::OkStatus();
  }
  const std::string why(pid.status().message());
  return absl::Status(pid.status().code(),
                      AbslView(Concat("directory: ", account.name, " cannot enter ", directory,
                                      why.substr(std::min(why.size(), why.find(": "))))));
}

std::optional<ProcessEnd> EndOf(pid_t pid) {
  siginfo_t end = {};
  if (waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT | WNOHANG) != 0 ||
      end.si_pid == 0) {
    return std::nullopt;
  }
  return ProcessEnd{end.si_code != CLD_EXITED, end.si_status};
}

void KillGroup(pid_t pid) {
  kill(-pid, SIGKILL);
}

AwaitedEnd AwaitEnd(pid_t pid, absl::Duration limit, const std::function<void()>& meanwhile) {
  MayWait();
  AwaitedEnd awaited;
  for (absl::Duration waited;; waited += kPoll) {
    if (const std::optional<ProcessEnd> end = EndOf(pid)) {
      awaited.end = *end;
      return awaited;
    }
    if (meanwhile) meanwhile();
    awaited.was_late = waited >= limit;
    if (awaited.was_late) KillGroup(pid);
    poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(kPoll)));
  }
}

void Reap(pid_t pid) {
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace powerdown
