#include "server/run/local_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/hot_mutex.h"
#include "common/base/status.h"
#include "common/platform/descriptor.h"
#include "common/platform/system_error.h"
#include "server/run/line_splitter.h"

namespace powerdown {
namespace {

constexpr int kQuizNice = 10;
// A worker whose stdout has ended has this long to end as well.
constexpr int kEndMilliseconds = 10000;
constexpr int kLockDescriptor = 3;
// Above the largest command: a table of 1 MiB and the weights of the forecasts, as JSON.
constexpr size_t kMostUnsentBytes = 16 * 1024 * 1024;

// What the child needs, prepared before the fork: afterwards only async-signal-safe calls are made.
struct Child {
  const char* program;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  int input;
  int output;
  int log;
  int lock;
  bool is_quiz;
};

[[noreturn]] void RunChild(const Child& child) {
  setpgid(0, 0);
  // High copies first, so that no descriptor is overwritten before it is copied.
  const int lock = child.lock >= 0 ? fcntl(child.lock, F_DUPFD, 10) : -1;
  dup2(child.input, STDIN_FILENO);
  dup2(child.output, STDOUT_FILENO);
  dup2(child.log, STDERR_FILENO);
  if (lock >= 0) {
    dup2(lock, kLockDescriptor);
    close(lock);
  }
  signal(SIGPIPE, SIG_DFL);
  if (child.is_quiz) setpriority(PRIO_PROCESS, 0, kQuizNice);
  execve(child.program, child.arguments.data(), child.environment.data());
  _exit(127);
}

std::string DescribeExit(const siginfo_t& exit) {
  if (exit.si_code != CLD_EXITED) return absl::StrCat("killed by signal ", exit.si_status);
  if (exit.si_status == 127) return "could not be started (exit status 127)";
  return absl::StrCat("exited with status ", exit.si_status);
}

class LocalWorker : public Worker {
 public:
  LocalWorker(pid_t pid, Descriptor input, Descriptor output, Pipe wake, WorkerObserver* observer)
      : pid_(pid),
        output_(std::move(output)),
        wake_(std::move(wake)),
        observer_(observer),
        input_(std::move(input)) {
    reader_ = std::thread([this] { ReadLines(); });
  }

  ~LocalWorker() override {
    MayWait();
    Kill();
    reader_.join();
    // Reaped only now: until then its CPU time can still be read from /proc.
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  int64_t pid() const override { return pid_; }

  // What the pipe does not take at once goes on by the reading thread: a worker that is still
  // loading reads nothing yet, and a start command may be larger than a pipe.
  absl::Status Send(const std::string& line) override {
    absl::MutexLock lock(&mutex_);
    if (input_.number() < 0) return absl::UnavailableError("the worker's input is closed");
    unsent_ += line + "\n";
    absl::Status sent = Flush();
    if (sent.ok() && unsent_.size() > kMostUnsentBytes) {
      sent = absl::UnavailableError("cannot write to the worker: it has stopped reading");
      input_.Close();
    }
    if (sent.ok() && !unsent_.empty()) {
      const char wake = 0;
      static_cast<void>(!write(wake_.write.number(), &wake, 1));  // full: it is awake already
    }
    return sent;
  }

  void CloseInput() override {
    absl::MutexLock lock(&mutex_);
    input_.Close();
  }

  void Kill() override { kill(pid_, SIGKILL); }

 private:
  absl::Status Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (!unsent_.empty()) {
      const ssize_t count = write(input_.number(), unsent_.data(), unsent_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      if (count < 0) {
        // Half a line cannot be taken back: the worker is cut off.
        absl::Status error = SystemError("cannot write to the worker", errno);
        input_.Close();
        return error;
      }
      unsent_.erase(0, static_cast<size_t>(count));
    }
    return absl::OkStatus();
  }

  // Until the worker has said something, or its stdout has ended. Sends what waits meanwhile.
  void AwaitOutput() {
    for (;;) {
      int waiting_input = -1;
      {
        absl::MutexLock lock(&mutex_);
        if (!unsent_.empty()) waiting_input = input_.number();
      }
      pollfd ends[] = {{output_.number(), POLLIN, 0},
                       {wake_.read.number(), POLLIN, 0},
                       {waiting_input, POLLOUT, 0}};
      if (poll(ends, 3, -1) < 0 && errno != EINTR) return;
      if (ends[1].revents != 0) {
        char wakes[64];
        static_cast<void>(!read(wake_.read.number(), wakes, sizeof(wakes)));
      }
      if (ends[2].revents != 0) {
        absl::MutexLock lock(&mutex_);
        if (input_.number() >= 0) Flush().IgnoreError();  // the next Send tells
      }
      if (ends[0].revents != 0) return;
    }
  }

  void ReadLines() {
    LineSplitter lines;
    char piece[65536];
    for (;;) {
      AwaitOutput();
      const ssize_t count = read(output_.number(), piece, sizeof(piece));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      for (const std::string& line : lines.Push({piece, static_cast<size_t>(count)})) {
        observer_->OnLine(line);
      }
    }
    CloseInput();
    AwaitExit();
  }

  void AwaitExit() {
    siginfo_t exit = {};
    for (int waited = 0;; waited += 20) {
      if (waitid(P_PID, static_cast<id_t>(pid_), &exit, WEXITED | WNOWAIT | WNOHANG) == 0 &&
          exit.si_pid != 0) {
        break;
      }
      if (waited >= kEndMilliseconds) Kill();
      poll(nullptr, 0, 20);
    }
    observer_->OnExit(exit.si_code != CLD_EXITED, DescribeExit(exit));
  }

  const pid_t pid_;
  const Descriptor output_;
  const Pipe wake_;  // ends AwaitOutput when there is something to send
  WorkerObserver* const observer_;
  absl::Mutex mutex_;
  Descriptor input_ ABSL_GUARDED_BY(mutex_);
  std::string unsent_ ABSL_GUARDED_BY(mutex_);
  std::thread reader_;
};

absl::StatusOr<Descriptor> OpenLocked(const std::string& path) {
  Descriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open()) return SystemError(absl::StrCat("cannot write ", path), errno);
  if (flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is held by an earlier worker"));
  }
  return lock;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Worker>> LocalLauncher::Launch(const WorkerOrder& order,
                                                              WorkerObserver* observer) {
  MayWait();
  if (access(program_.c_str(), X_OK) != 0)
    return SystemError(absl::StrCat("cannot start ", program_), errno);
  ASSIGN_OR_RETURN(Pipe input, OpenPipe());
  ASSIGN_OR_RETURN(Pipe output, OpenPipe());
  ASSIGN_OR_RETURN(Pipe wake, OpenPipe());
  SetNonBlocking(wake.read);
  SetNonBlocking(wake.write);
  const Descriptor log(
      open(order.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log.is_open()) return SystemError(absl::StrCat("cannot write ", order.log_file), errno);
  Descriptor lock;
  if (!order.lock_file.empty()) {
    ASSIGN_OR_RETURN(lock, OpenLocked(order.lock_file));
  }
  // OpenBLAS reads these when it is loaded: a run is one thread.
  std::vector<std::string> environment = {"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"};
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  Child child{program_.c_str(),
              {const_cast<char*>(program_.c_str())},
              {},
              input.read.number(),
              output.write.number(),
              log.number(),
              lock.number(),
              order.is_quiz};
  std::string quiz_flag = "--quiz";
  if (order.is_quiz) child.arguments.push_back(quiz_flag.data());
  child.arguments.push_back(nullptr);
  for (std::string& entry : environment) child.environment.push_back(entry.data());
  child.environment.push_back(nullptr);

  const pid_t pid = fork();
  if (pid < 0) return SystemError("cannot start a worker process", errno);
  if (pid == 0) RunChild(child);
  SetNonBlocking(input.write);
  return std::make_unique<LocalWorker>(pid, std::move(input.write), std::move(output.read),
                                       std::move(wake), observer);
}

}  // namespace powerdown
