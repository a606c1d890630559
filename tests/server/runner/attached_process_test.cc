#include "server/runner/attached_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/runner_process.h"

namespace powerdown {
namespace {

// This process waits for the child, as powerdown exec does.
class AttachedProcessTest : public ::testing::Test {
 protected:
  AttachedProcessTest() {
    ProcessSpec spec;
    spec.words = {"/bin/sh", "-c", "exec sleep 1000"};
    child_ = StartProcess(spec).value_or(0);
  }
  ~AttachedProcessTest() override { EndChild(); }
  void EndChild() {
    if (has_child_) kill(child_, SIGKILL);
    if (has_child_) Reap(child_);
    has_child_ = false;
  }
  std::unique_ptr<AttachedProcess> Open() {
    auto process = AttachedProcess::Open({getpid(), child_, channel_->folder()}, channel_.get());
    EXPECT_TRUE(process.ok()) << process.status();
    return *std::move(process);
  }

  pid_t child_ = 0;
  bool has_child_ = true;
  std::unique_ptr<ProgramChannel> channel_ = *ProgramChannel::Open();
};

TEST_F(AttachedProcessTest, EndsWhenItsEndIsTold) {
  const auto process = Open();
  process->Look();
  EXPECT_FALSE(process->has_ended());
  ASSERT_TRUE(channel_->PutEnd({false, 3}).ok());
  process->Look();
  EXPECT_TRUE(process->has_ended());
  EXPECT_EQ(process->end()->number, 3);
}

// A program of milliseconds has ended before the runner comes.
TEST_F(AttachedProcessTest, OneThatHasEndedIsHeardOfWhileItsExecWaits) {
  EndChild();
  const auto process = Open();
  process->Look();
  EXPECT_FALSE(process->has_ended());
  ASSERT_TRUE(channel_->PutEnd({false, 42}).ok());
  process->Look();
  EXPECT_EQ(process->end()->number, 42);
}

TEST_F(AttachedProcessTest, SignalsReachTheProgramAndNotWhoWaitsForIt) {
  const auto process = Open();
  process->Tell(SIGTERM);
  EXPECT_EQ(AwaitEnd(child_, absl::Seconds(60)).end.number, SIGTERM);
}

TEST_F(AttachedProcessTest, SomebodyElsesProcessIsRefused) {
  EXPECT_FALSE(AttachedProcess::Open({getpid(), getppid(), ""}, channel_.get()).ok());
  EXPECT_FALSE(AttachedProcess::Open({child_, getpid(), ""}, channel_.get()).ok());
}

}  // namespace
}  // namespace powerdown
