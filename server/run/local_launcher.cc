#include "server/run/local_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
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
#include "common/platform/process.h"
#include "common/platform/system_error.h"
#include "common/run/worker_limits.h"

namespace powerdown {
namespace {

constexpr int kQuizNice = 10;
// Of 1000. When memory runs out the kernel ends a worker, whose run goes on from its checkpoint,
// rather than the daemon; and a quiz before a training.
constexpr int kWorkerOomScore = 500;
constexpr int kQuizOomScore = 800;
// A worker whose stdout has ended has this long to end as well.
constexpr absl::Duration kEndTime = absl::Seconds(10);
// Above the largest command: a table of 1 MiB and the weights of the forecasts, as JSON.
constexpr size_t kMostUnsentBytes = 16 * 1024 * 1024;

std::string DescribeExit(const ProcessEnd& end, bool is_foreign) {
  if (is_foreign) {
    return "killed by signal 9 (not sent by the daemon; probably by the kernel, for want of "
           "memory)";
  }
  // The loader of programs ends so where a library is missing.
  if (!end.was_killed && end.number == 127) return "could not be started (exit status 127)";
  return absl::StrCat(end.was_killed ? "killed by signal " : "exited with status ", end.number);
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
    Reap(pid_);
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
    KillGroup(pid_);
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
    const AwaitedEnd awaited = AwaitEnd(pid_, kEndTime);
    const ProcessEnd& end = awaited.end;
    const bool is_ours = has_killed_ || awaited.was_late;
    const bool is_foreign = end.was_killed && end.number == SIGKILL && !is_ours;
    observer_->OnExit({end.was_killed, is_foreign, DescribeExit(end, is_foreign)});
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

// A run is one thread: OpenBLAS reads these when it is loaded.
std::vector<std::string> WorkerEnvironment() {
  std::vector<std::string> variables = ListedEnvironment(kWorkerVariables);
  variables.insert(variables.begin(), {"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"});
  return variables;
}

// Of another account nothing is known but where it is at home.
std::vector<std::string> RunnerEnvironment(const Account& account) {
  if (account.IsOwn()) return ListedEnvironment(kWorkerVariables);
  std::vector<std::string> variables = ListedEnvironment(kCommandVariables);
  variables.push_back(absl::StrCat("HOME=", account.home));
  variables.push_back(absl::StrCat("USER=", account.name));
  variables.push_back(absl::StrCat("LOGNAME=", account.name));
  variables.push_back(absl::StrCat("SHELL=", account.shell));
  return variables;
}

// What a runner has of its own: its account, the folder it works in, and no bounds on the files and
// the memory of a program that is not ours.
absl::StatusOr<Descriptor> PrepareRunner(const WorkerOrder& order, ProcessSpec& spec) {
  spec.account = order.account.value_or(OwnAccount());
  spec.environment = RunnerEnvironment(*spec.account);
  Descriptor folder(open(order.folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) return SystemError(absl::StrCat("cannot open ", order.folder), errno);
  spec.folder = folder.number();
  return folder;
}

}  // namespace

LocalLauncher::LocalLauncher(std::string program, std::string runner)
    : program_(std::move(program)),
      runner_(std::move(runner)),
      devices_([this](WorkerObserver* observer) {
        return Launch({.log_file = "/dev/null", .is_about_devices = true}, observer);
      }) {}

absl::StatusOr<std::unique_ptr<Worker>> LocalLauncher::Launch(const WorkerOrder& order,
                                                              WorkerObserver* observer) {
  MayWait();
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
  ProcessSpec spec;
  spec.words = {order.is_command ? runner_ : program_};
  if (order.is_quiz) spec.words.emplace_back("--quiz");
  if (order.is_about_devices) spec.words.emplace_back("--devices");
  Descriptor folder;
  if (order.is_command) {
    ASSIGN_OR_RETURN(folder, PrepareRunner(order, spec));
  } else {
    spec.environment = WorkerEnvironment();
    spec.most_file_bytes = kMostFileBytes;
    spec.most_data_bytes = order.memory_bytes;
  }
  spec.input = input.read.number();
  spec.output = output.write.number();
  spec.errors = log.number();
  spec.kept = lock.number();
  spec.dumps_no_core = true;
  spec.oom_score = order.is_quiz ? kQuizOomScore : kWorkerOomScore;
  spec.nice = order.is_quiz ? kQuizNice : 0;
  ASSIGN_OR_RETURN(const pid_t pid, StartProcess(spec));
  SetNonBlocking(input.write);
  return std::make_unique<LocalWorker>(pid, std::move(input.write), std::move(output.read),
                                       std::move(wake), observer);
}

}  // namespace powerdown
