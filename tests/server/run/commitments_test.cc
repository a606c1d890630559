#include "server/run/commitments.h"

#include "common/base/text.h"
#include "tests/server/run/shared_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CommitmentsTest : public SharedQueueTest {
 protected:
  void Allow(const std::string& budget) {
    ASSERT_TRUE(queue_->SetAllowance("ada", Period::kDay, *ParseBudget(budget)).ok());
  }
  absl::StatusOr<powerdown::Run> Ask(const std::string& owner = "ada") {
    SubmitRequest request;
    request.owner = owner;
    return queue_->Submit(request);
  }
};

TEST_F(CommitmentsTest, QueuedRunsCountTogetherAgainstTheirUsersBudget) {
  StopThreeRuns();
  Allow("11kJ");  // 6 kJ are used: two more runs of 2 kJ
  ASSERT_TRUE(Ask().ok());
  const auto second = Ask();
  ASSERT_TRUE(second.ok());
  const absl::Status third = Ask().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(third)) << third;
  EXPECT_THAT(third.ToString(), HasSubstr("expected by 2 runs in the queue or running"));
  EXPECT_TRUE(Ask("grace").ok());
  ASSERT_TRUE(queue_->Cancel(second->run_id, "").ok());
  EXPECT_TRUE(Ask().ok()) << "a cancelled run uses nothing more";
}

TEST_F(CommitmentsTest, ARestartKnowsWhatTheQueueIsExpectedToUse) {
  StopThreeRuns();
  ASSERT_TRUE(Ask().ok());
  ASSERT_TRUE(Ask().ok());
  StartQueue();
  Allow("11kJ");
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask().status()));
}

TEST_F(CommitmentsTest, ARunningRunCountsWithWhatItHasNotUsedYet) {
  StopThreeRuns();
  Allow("11kJ");
  ASSERT_TRUE(Ask().ok());
  Tick();
  NewestWorker().SayStarted();
  Work(absl::Seconds(18), 90);  // 1.8 kJ of its 2 kJ
  EXPECT_TRUE(Ask().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask().status()));
}

TEST_F(CommitmentsTest, PausedRunsCannotBeResumedPastTheBudget) {
  StopThreeRuns();
  Allow("11kJ");
  std::vector<std::string> paused;
  for (int i = 0; i < 3; ++i) {
    const auto run = Ask();
    ASSERT_TRUE(run.ok()) << run.status();
    ASSERT_TRUE(queue_->Pause(run->run_id, "").ok());
    paused.push_back(run->run_id);
  }
  EXPECT_TRUE(queue_->Resume(paused[0], "").ok());
  EXPECT_TRUE(queue_->Resume(paused[1], "").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(queue_->Resume(paused[2], "").status()));
}

// evaluate_every = max_steps: no report before the end.
TEST_F(CommitmentsTest, ARunThatNeverReportsIsPausedWithinATickOfItsBudget) {
  const auto run = SubmitWith("1kJ");
  ASSERT_TRUE(run.ok()) << run.status();
  Tick();
  NewestWorker().SayStarted();
  for (int tick = 0; tick < 500 && NewestWorker().ends().empty(); ++tick) {
    box_.Use(101, absl::Milliseconds(100));
    Tick();
  }
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("pause"));
  EXPECT_THAT(EventsOf(run->run_id, "budget"), SizeIs(1));
  EXPECT_NEAR(Get(run->run_id).energy->gross.value(), 1000, 11);  // a tick draws 10 J
}

TEST_F(CommitmentsTest, TwoRunsOfAUserArePausedWithinATickOfWhatTheyShare) {
  options_.max_running = 2;
  StartQueue();
  Allow("1kJ");
  SubmitFor("ada");
  SubmitFor("ada");
  Tick();
  ASSERT_EQ(launcher_.launches(), 2);
  for (int tick = 0; tick < 500 && NewestWorker().ends().empty(); ++tick) {
    box_.Use(101, absl::Milliseconds(50));
    box_.Use(102, absl::Milliseconds(50));
    Tick();
  }
  EXPECT_THAT(launcher_.worker(0).ends(), ElementsAre("pause"));
  EXPECT_THAT(launcher_.worker(1).ends(), ElementsAre("pause"));
  EXPECT_NEAR(queue_->AllowancesOf("ada").at(0).used.value(), 1000, 21);
}

TEST_F(CommitmentsTest, ResumeAndContinueObserveTheQueueLimit) {
  options_.max_queued_per_user = 2;
  StartQueue();
  const auto first = Ask("grace");
  ASSERT_TRUE(queue_->Pause(first->run_id, "").ok());
  const auto second = Ask("grace");
  ASSERT_TRUE(queue_->Stop(second->run_id, "").ok());
  ASSERT_TRUE(Ask("grace").ok());
  ASSERT_TRUE(Ask("grace").ok());
  EXPECT_TRUE(absl::IsResourceExhausted(queue_->Resume(first->run_id, "").status()));
  EXPECT_TRUE(absl::IsResourceExhausted(queue_->Continue(second->run_id, "").status()));
  Tick();  // one starts
  EXPECT_TRUE(queue_->Resume(first->run_id, "").ok());
}

}  // namespace
}  // namespace powerdown
