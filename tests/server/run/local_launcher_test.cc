#include "server/run/local_launcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/base/config.h"
#include "absl/synchronization/mutex.h"
#include "common/platform/files.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Recorder : public WorkerObserver {
 public:
  void OnLine(const std::string& line) override {
    absl::MutexLock lock(&mutex_);
    lines_.push_back(line);
  }
  void OnExit(const WorkerExit& exit) override {
    absl::MutexLock lock(&mutex_);
    was_killed_ = exit.was_killed;
    is_foreign_kill_ = exit.is_foreign_kill;
    exit_ = exit.description;
  }
  std::string AwaitExit() {
    absl::MutexLock lock(&mutex_);
    const auto has_exited = [this]() {
      mutex_.AssertHeld();
      return !exit_.empty();
    };
    mutex_.AwaitWithTimeout(absl::Condition(&has_exited), absl::Seconds(30));
    return exit_;
  }
  void AwaitLine(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto has_lines = [this, count]() {
      mutex_.AssertHeld();
      return lines_.size() >= count;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&has_lines), absl::Seconds(30));
  }
  std::vector<std::string> lines() {
    absl::MutexLock lock(&mutex_);
    return lines_;
  }
  bool is_foreign_kill() {
    absl::MutexLock lock(&mutex_);
    return is_foreign_kill_;
  }
  bool was_killed() {
    absl::MutexLock lock(&mutex_);
    return was_killed_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  std::string exit_ ABSL_GUARDED_BY(mutex_);
  bool was_killed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_foreign_kill_ ABSL_GUARDED_BY(mutex_) = false;
};

class LocalLauncherTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const std::string& script) {
    return Launch(script, &recorder_);
  }
  // A worker inherits no variable that a test could set: a shell script gives it its script.
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const std::string& script, Recorder* recorder) {
    std::ofstream(program_) << "#!/bin/sh\nSCRIPTED_WORKER='" << script << "' exec "
                            << Program("scripted_worker") << "\n";
    std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
    WorkerOrder order;
    order.log_file = folder_.path() + "/log";
    order.lock_file = folder_.path() + "/lock";
#ifndef ABSL_HAVE_ADDRESS_SANITIZER  // its shadow needs terabytes
    order.memory_bytes = 300000000;
#endif
    return launcher_.Launch(order, recorder);
  }

  TemporaryFolder folder_;
  const std::string program_ = folder_.path() + "/worker";
  LocalLauncher launcher_{program_};
  Recorder recorder_;
};

TEST_F(LocalLauncherTest, LinesComeWholeAndInOrderAndThenTheExit) {
  const auto worker = Launch("say:one;say:two;half:three");
  ASSERT_TRUE(worker.ok()) << worker.status();
  EXPECT_EQ(recorder_.AwaitExit(), "exited with status 0");
  EXPECT_FALSE(recorder_.was_killed());
  EXPECT_THAT(recorder_.lines(), ElementsAre("one", "two"));
}

TEST_F(LocalLauncherTest, CommandsReachTheWorker) {
  const auto worker = Launch("read;read");
  ASSERT_TRUE((*worker)->Send("first").ok());
  ASSERT_TRUE((*worker)->Send("second").ok());
  recorder_.AwaitExit();
  EXPECT_THAT(recorder_.lines(), ElementsAre("first", "second"));
}

TEST_F(LocalLauncherTest, ACommandLargerThanAPipeReachesAWorkerThatDoesNotReadYet) {
  const auto worker = Launch("say:loading;read;read");
  const std::string large(1 << 20, 'x');
  ASSERT_TRUE((*worker)->Send(large).ok());
  ASSERT_TRUE((*worker)->Send("small").ok());
  recorder_.AwaitExit();
  EXPECT_THAT(recorder_.lines(), ElementsAre("loading", large, "small"));
}

TEST_F(LocalLauncherTest, AWorkerThatStoppedReadingIsAnErrorNotEndlessMemory) {
  const auto worker = Launch("hang");
  const std::string large(10 << 20, 'x');
  EXPECT_TRUE((*worker)->Send(large).ok());
  EXPECT_FALSE((*worker)->Send(large).ok());
  (*worker)->Kill();
  recorder_.AwaitExit();
}

TEST_F(LocalLauncherTest, EndsAreDescribedInWords) {
  const auto exited = Launch("exit:3");
  EXPECT_EQ(recorder_.AwaitExit(), "exited with status 3");
  EXPECT_FALSE(recorder_.was_killed());
}

TEST_F(LocalLauncherTest, AbortIsDescribedAsItsSignal) {
  const auto aborted = Launch("abort");
  EXPECT_EQ(recorder_.AwaitExit(), "killed by signal 6");
  EXPECT_TRUE(recorder_.was_killed());
}

TEST_F(LocalLauncherTest, HungWorkerIsKilled) {
  const auto worker = Launch("say:here;hang");
  recorder_.AwaitLine(1);
  (*worker)->Kill();
  EXPECT_EQ(recorder_.AwaitExit(), "killed by signal 9");
  EXPECT_FALSE(recorder_.is_foreign_kill());
}

TEST_F(LocalLauncherTest, AKillThatIsNotOursIsToldApart) {
  const auto worker = Launch("say:here;hang");
  recorder_.AwaitLine(1);
  kill(static_cast<pid_t>((*worker)->pid()), SIGKILL);
  EXPECT_THAT(recorder_.AwaitExit(), HasSubstr("not sent by the daemon"));
  EXPECT_TRUE(recorder_.is_foreign_kill());
}

TEST_F(LocalLauncherTest, AWorkerGoesBeforeTheDaemonWhenMemoryRunsOutAndIsBounded) {
  const auto worker = Launch("say:here;hang");
  recorder_.AwaitLine(1);
  const std::string folder = "/proc/" + std::to_string((*worker)->pid());
  EXPECT_EQ(*ReadFile(folder + "/oom_score_adj"), "500\n");
  const std::string limits = *ReadFile(folder + "/limits");
  EXPECT_THAT(limits, ::testing::ContainsRegex("Max file size +1073741824 +1073741824"));
#ifndef ABSL_HAVE_ADDRESS_SANITIZER
  EXPECT_THAT(limits, ::testing::ContainsRegex("Max data size +300000000 +300000000"));
#endif
}

TEST_F(LocalLauncherTest, TheProgramSaysItsDevicesOnce) {
  const auto answer_with = [&](const std::string& line) {
    std::ofstream(program_) << "#!/bin/sh\necho \"$@\" >> " << folder_.path() << "/asked\n"
                            << line << "\n";
    std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
  };
  EXPECT_FALSE(launcher_.Devices().ok()) << "there is no program";
  answer_with("exit 3");
  EXPECT_THAT(std::string(launcher_.Devices().status().message()), HasSubstr("status 3"));
  answer_with("echo no json; echo '{\"devices\":[\"cpu\",\"cuda\"]}'");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(*launcher_.Devices(), ElementsAre("cpu", "cuda"));
  EXPECT_EQ(*ReadFile(folder_.path() + "/asked"), "--devices\n--devices\n");
}

TEST_F(LocalLauncherTest, ClosedInputIsTheLeash) {
  const auto worker = Launch("say:here;await-end;exit:0");
  recorder_.AwaitLine(1);
  (*worker)->CloseInput();
  EXPECT_EQ(recorder_.AwaitExit(), "exited with status 0");
  EXPECT_FALSE((*worker)->Send("too late").ok());
}

TEST_F(LocalLauncherTest, FloodOnStderrGoesToTheLogAndBlocksNobody) {
  const auto worker = Launch("flood;say:after");
  recorder_.AwaitExit();
  EXPECT_THAT(recorder_.lines(), ElementsAre("after"));
  EXPECT_THAT(FileText(folder_.path() + "/log"), HasSubstr("last words"));
}

TEST_F(LocalLauncherTest, LockIsHeldExactlyAsLongAsTheWorkerLives) {
  auto worker = Launch("say:here;hang");
  recorder_.AwaitLine(1);
  EXPECT_EQ(Launch("exit:0").status().code(), absl::StatusCode::kFailedPrecondition);
  worker->reset();
  Recorder second;
  const auto next = Launch("exit:0", &second);
  EXPECT_TRUE(next.ok()) << next.status();
  second.AwaitExit();
}

TEST_F(LocalLauncherTest, AWorkerSeesListedVariablesOnly) {
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  setenv("CUDA_VISIBLE_DEVICES", "7", 1);
  std::ofstream(program_) << "#!/bin/sh\necho \"$AWS_SECRET_ACCESS_KEY,$CUDA_VISIBLE_DEVICES\"\n";
  std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
  WorkerOrder order;
  order.log_file = folder_.path() + "/log";
  const auto worker = launcher_.Launch(order, &recorder_);
  ASSERT_TRUE(worker.ok()) << worker.status();
  recorder_.AwaitExit();
  EXPECT_THAT(recorder_.lines(), ElementsAre(",7"));
}

TEST_F(LocalLauncherTest, MissingProgramIsAClearError) {
  LocalLauncher launcher("/nonexistent/powerdown-worker");
  WorkerOrder order;
  order.log_file = folder_.path() + "/log";
  EXPECT_THAT(std::string(launcher.Launch(order, &recorder_).status().message()),
              HasSubstr("/nonexistent/powerdown-worker"));
}

// Where a runner works, as whom, and what it sees.
TEST_F(LocalLauncherTest, ARunnerStartsInItsFolderAsItsAccountWithoutOurThreads) {
  setenv("LAUNCHER_TEST_SECRET", "secret", 1);
  const std::string runner = folder_.path() + "/runner";
  std::ofstream(runner) << "#!/bin/sh\npwd; id -u; env | grep -c 'OMP_NUM\\|SECRET'; ulimit -f\n";
  std::filesystem::permissions(runner, std::filesystem::perms::owner_all);
  LocalLauncher launcher(program_, runner);
  WorkerOrder order;
  order.log_file = folder_.path() + "/log";
  order.is_command = true;
  order.folder = folder_.path();
  order.account = OwnAccount();
  const auto worker = launcher.Launch(order, &recorder_);
  ASSERT_TRUE(worker.ok()) << worker.status();
  recorder_.AwaitExit();
  EXPECT_THAT(recorder_.lines(),
              ElementsAre(folder_.path(), std::to_string(geteuid()), "0", "unlimited"));
  order.folder = folder_.path() + "/none";
  EXPECT_FALSE(launcher.Launch(order, &recorder_).ok());
}

}  // namespace
}  // namespace powerdown
