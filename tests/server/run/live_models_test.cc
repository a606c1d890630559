#include "server/run/live_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_worker.h"

namespace powerdown {
namespace {

class LiveModelsTest : public ::testing::Test {
 protected:
  LiveModelsTest() { live_.Add("run", &worker_); }

  std::shared_ptr<FakeWorkerState> state_ = std::make_shared<FakeWorkerState>();
  FakeWorker worker_{1, state_};
  LiveModels live_;
  std::shared_ptr<AnswerSlot> slot_ = std::make_shared<AnswerSlot>();
};

TEST_F(LiveModelsTest, AnswerComesBackWithoutTheQueue) {
  const auto request = live_.Ask("run", AskCommand(), slot_);
  ASSERT_TRUE(request.ok()) << request.status();
  AnswersLine line;
  line.request = *request;
  line.step = 512;
  EXPECT_TRUE(live_.TakeLine(FormatLine(line)));
  EXPECT_EQ(slot_->Await(absl::ZeroDuration())->last.step, 512);
}

TEST_F(LiveModelsTest, OtherLinesAreTheQueues) {
  EXPECT_FALSE(live_.TakeLine(FormatLine(EndedLine{9, AttemptOutcome::kFinished})));
  EXPECT_FALSE(live_.TakeLine("{\"line\":\"answers\",\"requ"));
}

TEST_F(LiveModelsTest, RunWithoutAWorkerIsRefused) {
  EXPECT_TRUE(absl::IsFailedPrecondition(live_.Ask("other", AskCommand(), slot_).status()));
}

TEST_F(LiveModelsTest, CancellationReachesTheWorker) {
  const int64_t request = *live_.Ask("run", AskCommand(), slot_);
  live_.Cancel("run", request);
  ASSERT_EQ(state_->commands.size(), 2u);
  EXPECT_EQ(std::get<CancelAskCommand>(state_->commands[1]).request, request);
}

TEST_F(LiveModelsTest, EndOfTheRunIsTold) {
  ASSERT_TRUE(live_.Ask("run", AskCommand(), slot_).ok());
  live_.Remove("run");
  EXPECT_TRUE(absl::IsAborted(slot_->Await(absl::InfiniteDuration()).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(live_.Ask("run", AskCommand(), slot_).status()));
}

}  // namespace
}  // namespace powerdown
