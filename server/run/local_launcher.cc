#include "server/run/local_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/hot_mutex.h"
#include "common/base/line_splitter.h"
#include "common/base/status.h"
#include "common/platform/descriptor.h"
#include "common/platform/environment.h"
#include "common/platform/files.h"
#include "common/platform/system_error.h"
#include "common/run/worker_limits.h"

namespace powerdown {
namespace {

constexpr int kQuizNice = 10;
// Of 1000. When memory runs out the kernel ends a worker, whose run goes on from its checkpoint,
// rather than the daemon; and a quiz before a training.
constexpr char kWorkerOomScore[] = "500";
constexpr char kQuizOomScore[] = "800";
// A worker writes no larger file. Beyond it, it gets an error and not a signal.
constexpr rlim_t kMostFile = kMostFileBytes;
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
  int64_t memory_bytes;
};

void WriteOomScore(bool is_quiz) {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;  // a system without it
  const char* score = is_quiz ? kQuizOomScore : kWorkerOomScore;
  static_cast<void>(!write(file, score, 3));
  close(file);
}

void LimitSelf(const Child& child) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit files = {kMostFile, kMostFile};
  setrlimit(RLIMIT_FSIZE, &files);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (child.memory_bytes > 0) {
    const rlimit memory = {static_cast<rlim_t>(child.memory_bytes),
                           static_cast<rlim_t>(child.memory_bytes)};
    setrlimit(RLIMIT_DATA, &memory);
  }
  WriteOomScore(child.is_quiz);
  if (child.is_quiz) setpriority(PRIO_PROCESS, 0, kQuizNice);
}

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
  LimitSelf(child);
  execve(child.program, child.arguments.data(), child.environment.data());
  _exit(127);
}

std::string DescribeExit(const siginfo_t& exit, bool is_foreign) {
  if (is_foreign) {
    return "killed by signal 9 (not sent by the daemon; probably by the kernel, for want of "
           "memory)";
  }
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

  void Kill() override {
    has_killed_ = true;
    kill(pid_, SIGKILL);
  }

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
    LineSplitter lines(kLongestWorkerLine);
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
    const bool was_killed = exit.si_code != CLD_EXITED;
    const bool is_foreign = was_killed && exit.si_status == SIGKILL && !has_killed_;
    observer_->OnExit({was_killed, is_foreign, DescribeExit(exit, is_foreign)});
  }

  const pid_t pid_;
  const Descriptor output_;
  std::atomic<bool> has_killed_ = false;
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

LocalLauncher::LocalLauncher(std::string program)
    : program_(std::move(program)), devices_([this](WorkerObserver* observer) {
        return Launch({.log_file = "/dev/null", .is_about_devices = true}, observer);
      }) {}

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
  for (std::string& entry : ListedEnvironment(kWorkerVariables)) {
    environment.push_back(std::move(entry));
  }
  Child child{program_.c_str(),
              {const_cast<char*>(program_.c_str())},
              {},
              input.read.number(),
              output.write.number(),
              log.number(),
              lock.number(),
              order.is_quiz,
              order.memory_bytes};
  std::string quiz_flag = "--quiz";
  if (order.is_quiz) child.arguments.push_back(quiz_flag.data());
  std::string devices_flag = "--devices";
  if (order.is_about_devices) child.arguments.push_back(devices_flag.data());
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
