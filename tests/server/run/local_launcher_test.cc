#include "server/run/local_launcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/synchronization/mutex.h"
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
  void OnExit(bool was_killed, const std::string& description) override {
    absl::MutexLock lock(&mutex_);
    was_killed_ = was_killed;
    exit_ = description;
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
  bool was_killed() {
    absl::MutexLock lock(&mutex_);
    return was_killed_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  std::string exit_ ABSL_GUARDED_BY(mutex_);
  bool was_killed_ ABSL_GUARDED_BY(mutex_) = false;
};

class LocalLauncherTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const std::string& script) {
    setenv("SCRIPTED_WORKER", script.c_str(), 1);
    WorkerOrder order;
    order.log_file = folder_.path() + "/log";
    order.lock_file = folder_.path() + "/lock";
    return launcher_.Launch(order, &recorder_);
  }

  TemporaryFolder folder_;
  LocalLauncher launcher_{Program("scripted_worker")};
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
  setenv("SCRIPTED_WORKER", "exit:0", 1);
  WorkerOrder order;
  order.log_file = folder_.path() + "/log";
  order.lock_file = folder_.path() + "/lock";
  const auto next = launcher_.Launch(order, &second);
  EXPECT_TRUE(next.ok()) << next.status();
  second.AwaitExit();
}

TEST_F(LocalLauncherTest, MissingProgramIsAClearError) {
  LocalLauncher launcher("/nonexistent/powerdown-worker");
  WorkerOrder order;
  order.log_file = folder_.path() + "/log";
  EXPECT_THAT(std::string(launcher.Launch(order, &recorder_).status().message()),
              HasSubstr("/nonexistent/powerdown-worker"));
}

}  // namespace
}  // namespace powerdown
