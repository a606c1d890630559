#include "server/run/run_events.h"

#include <gtest/gtest.h>

#include "common/run/event_details.h"
#include "tests/server/run/shared_queue_fixture.h"

namespace powerdown {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

powerdown::Run PausedRun() {
  powerdown::Run run;
  run.run_id = "01a";
  run.steps = 714;
  run.state = RunState::kPaused;
  run.state_reason = "paused by ada";
  return run;
}

TEST(RunEventsTest, AnEventIsOfItsRunAndAttempt) {
  const RunEvent event =
      MakeEvent(PausedRun(), 3, EventKind::kGap, 50, "the box slept", R"({"seconds":9})", kNow);
  EXPECT_EQ(event.run_id, "01a");
  EXPECT_EQ(event.attempt, 3);
  EXPECT_EQ(event.kind, EventKind::kGap);
  EXPECT_EQ(event.step, 50);
  EXPECT_EQ(event.message, "the box slept");
  EXPECT_EQ(event.details_json, R"({"seconds":9})");
  EXPECT_EQ(event.time, kNow);
}

TEST(RunEventsTest, AStateIsToldWithItsReasonInWordsAndDetails) {
  const RunEvent event = StateEvent(PausedRun(), kNow);
  EXPECT_EQ(event.kind, EventKind::kState);
  EXPECT_EQ(event.attempt, 0);
  EXPECT_EQ(event.step, std::nullopt);
  EXPECT_EQ(event.message, "paused: paused by ada");
  const std::optional<StateDetails> details = StateDetailsOf(event);
  ASSERT_TRUE(details);
  EXPECT_EQ(details->state, RunState::kPaused);
  EXPECT_EQ(details->reason, "paused by ada");
}

TEST(RunEventsTest, AnEndHasTheRunsLastStepAndNoColonWithoutAReason) {
  powerdown::Run run = PausedRun();
  run.state = RunState::kFinished;
  run.state_reason.clear();
  const RunEvent event = FinishedEvent(run, kNow);
  EXPECT_EQ(event.kind, EventKind::kFinished);
  EXPECT_EQ(event.step, 714);
  EXPECT_EQ(event.message, "finished");
  EXPECT_EQ(StateDetailsOf(event)->state, RunState::kFinished);
}

// The box's clock may be set while runs train: nothing ends before it began.
class ClockStepTest : public SharedQueueTest {
 protected:
  void ExpectOrdered(const std::string& run_id) {
    const powerdown::Run run = Get(run_id);
    absl::Time last = run.created_at;
    if (run.started_at) {
      EXPECT_GE(*run.started_at, run.created_at);
      last = *run.started_at;
    }
    for (const Attempt& attempt : run.attempts) {
      EXPECT_GE(attempt.started_at, last);
      last = attempt.ended_at.value_or(attempt.started_at);
      EXPECT_GE(last, attempt.started_at);
    }
    EXPECT_GE(run.ended_at.value_or(last), last);
    const std::vector<StepReport> reports = *store_->updates().ReadReports(run_id);
    for (const StepReport& report : reports) {
      EXPECT_GE(report.time, run.attempts.at(static_cast<size_t>(report.attempt - 1)).started_at);
    }
  }
};

TEST_F(ClockStepTest, NothingEndsBeforeItBegan) {
  for (const absl::Duration step : {-absl::Hours(48), absl::Hours(48)}) {
    const std::string run_id = SubmitFor("ada");
    clock_.SetWallBy(step);
    Tick();
    clock_.SetWallBy(step);
    Work(absl::Seconds(2), 10);
    ExpectOrdered(run_id);
    ASSERT_TRUE(queue_->Pause(run_id, "").ok());
    clock_.SetWallBy(step);
    NewestWorker().EndAs("paused", 10, "pause");
    Tick();
    ExpectOrdered(run_id);
    clock_.SetWallBy(step);
    ASSERT_EQ(StateOf(run_id), RunState::kPaused);
    ASSERT_TRUE(queue_->Resume(run_id, "").ok());
    Tick();
    Work(absl::Seconds(2), 20);
    clock_.SetWallBy(step);
    NewestWorker().EndAs("finished", 20);
    Tick();
    EXPECT_EQ(StateOf(run_id), RunState::kFinished);
    ExpectOrdered(run_id);
  }
}

TEST_F(ClockStepTest, ARunThatIsCancelledOrInterruptedKeepsItsOrder) {
  const std::string cancelled = SubmitFor("ada");
  const std::string interrupted = SubmitFor("ada");
  clock_.SetWallBy(-absl::Hours(3));
  ASSERT_TRUE(queue_->Cancel(cancelled, "").ok());
  ExpectOrdered(cancelled);
  Tick();
  Work(absl::Seconds(1), 10);
  clock_.SetWallBy(-absl::Hours(3));
  StartQueue();
  ExpectOrdered(interrupted);
}

TEST_F(ClockStepTest, EnergyOfADayIsKeptWhenTheClockGoesBackToIt) {
  ASSERT_TRUE(queue_->SetAllowance("ada", Period::kMonth, *ParseBudget("1MJ")).ok());
  SubmitFor("ada");
  Tick();
  Work(absl::Seconds(3), 10);
  clock_.SetWallBy(absl::Hours(24));
  Work(absl::Seconds(3), 20);
  clock_.SetWallBy(-absl::Hours(24));
  Work(absl::Seconds(3), 30);
  const double used = queue_->AllowancesOf("ada").at(0).used.value();
  EXPECT_GT(used, 890);
  StartQueue();
  EXPECT_NEAR(queue_->AllowancesOf("ada").at(0).used.value(), used, 1e-6);
}

}  // namespace
}  // namespace powerdown
