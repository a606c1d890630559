#include "common/base/text.h"
#include "tests/fakes/trained_predictor.h"
#include "tests/server/run/shared_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RunQueueBudgetsTest : public SharedQueueTest {
 protected:
  // "1kJ" a day is ten seconds at the meter's 100 W.
  void Allow(const std::string& budget, Period period = Period::kDay) {
    const absl::Status set = queue_->SetAllowance("ada", period, *ParseBudget(budget));
    ASSERT_TRUE(set.ok()) << set;
  }
  void UseUpTheDay() {
    Allow("1kJ");
    Tick();
    Work(absl::Seconds(11), 110);
    NewestWorker().EndAs("paused", 111, "pause");
    Tick();
  }
  void ToTomorrow() { Tick(RenewalOf(Period::kDay, clock_.Now().wall) - clock_.Now().wall); }
  AllowanceUse Use() { return queue_->AllowancesOf("ada").at(0); }
};

TEST_F(RunQueueBudgetsTest, ARunIsWarnedAndThenPausedWithinOneReportOfItsBudget) {
  const auto run = SubmitWith("1kJ");
  ASSERT_TRUE(run.ok()) << run.status();
  Tick();
  Work(absl::Seconds(7), 70);
  EXPECT_TRUE(EventsOf(run->run_id, "budget").empty());
  Work(absl::Seconds(2), 90);
  EXPECT_THAT(EventsOf(run->run_id, "budget"),
              ElementsAre(HasSubstr("over 80% of this run's energy budget")));
  EXPECT_TRUE(NewestWorker().ends().empty());
  Work(absl::Seconds(2), 110);
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("pause"));
  NewestWorker().EndAs("paused", 111, "pause");
  Tick();
  EXPECT_EQ(StateOf(run->run_id), RunState::kPaused);
  EXPECT_THAT(ReasonOf(run->run_id), HasSubstr("is used up"));
  EXPECT_THAT(queue_->Resume(run->run_id, "").status().ToString(), HasSubstr("has used up its"));
}

TEST_F(RunQueueBudgetsTest, ABudgetThatRunsLikeItWouldBreakIsRefusedWithTheForecast) {
  StopThreeRuns();
  const auto refused = SubmitWith("1kJ");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
  EXPECT_THAT(refused.status().ToString(), HasSubstr("the median of 3 runs like it here"));
  EXPECT_TRUE(SubmitWith("1Wh").ok());
}

// With no run like it: its steps at what a step has cost here, in another run of the same size.
TEST_F(RunQueueBudgetsTest, ARunWithoutOneLikeItIsRefusedByItsStepsAtTheirMeasuredPrice) {
  SubmitFor("ada");
  Tick();
  Work(absl::Seconds(20), 100);
  NewestWorker().EndAs("finished", 100);
  Tick();
  SubmitRequest request;
  request.owner = "ada";
  request.auto_stop = AutoStop::kOff;
  request.spec.learning_rate = 0.007;
  request.spec.max_steps = 1000;
  request.budget = *ParseBudget("15kJ");
  const absl::Status refused = queue_->Submit(request).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(refused.ToString(),
              HasSubstr("5.56 Wh are 1000 steps (the run's step limit) at 5.56 mWh a "
                        "step, measured here over 100"));
  request.budget = *ParseBudget("21kJ");
  EXPECT_TRUE(queue_->Submit(request).ok());
  request.budget = *ParseBudget("15kJ");
  request.spec.width *= 2;  // nobody knows what such a step costs
  EXPECT_TRUE(queue_->Submit(request).ok());
}

TEST_F(RunQueueBudgetsTest, ARunThatTheRuleWillStopIsExpectedToEndAtItsForecastGrok) {
  options_.forecaster = TrainedPredictor();
  StartQueue();
  SubmitRequest request;
  request.owner = "ada";
  request.spec = GrokkingRuns()[8].run.spec;
  ASSERT_TRUE(queue_->Submit(request).ok());
  Tick();
  Work(absl::Seconds(20), 100);
  NewestWorker().EndAs("finished", 100);
  Tick();
  const Forecast forecast = options_.forecaster->BeforeRun(request.spec, request.spec.max_steps);
  ASSERT_TRUE(forecast.grok_step && *forecast.will_grok_probability >= 0.5);
  request.budget = *ParseBudget("1kJ");
  EXPECT_THAT(queue_->Submit(request).status().ToString(),
              HasSubstr(Concat(*forecast.grok_step, " steps (", ForecastMessage(forecast), ")")));
  request.budget = *ParseBudget(Concat(20 * *forecast.grok_step + 100, "J"));
  EXPECT_TRUE(queue_->Submit(request).ok());
}

TEST_F(RunQueueBudgetsTest, ABudgetInAForeignCurrencyIsRefused) {
  EXPECT_THAT(SubmitWith("1EUR").status().ToString(), HasSubstr("allowed: USD"));
}

TEST_F(RunQueueBudgetsTest, AUserIsWarnedAndPausedWithinOneReportOfWhatADayAllows) {
  Allow("1kJ");
  const std::string run_id = SubmitFor("ada");
  Tick();
  Work(absl::Seconds(7), 70);
  EXPECT_THAT(EventsOf(run_id, "budget"), IsEmpty());
  Work(absl::Seconds(2), 90);
  EXPECT_THAT(
      EventsOf(run_id, "budget"),
      ElementsAre(HasSubstr("80% of ada's energy budget of 278 mWh per day, which renews")));
  EXPECT_THAT(NewestWorker().ends(), IsEmpty());
  Work(absl::Seconds(2), 110);
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("pause"));
  NewestWorker().EndAs("paused", 111, "pause");
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kPaused);
  EXPECT_THAT(ReasonOf(run_id),
              HasSubstr("ada's energy budget of 278 mWh per day is used up; it renews"));
  EXPECT_THAT(EventsOf(run_id, "budget"), SizeIs(1));
}

// The figure that bounds a user is the one on the run's own bill.
TEST_F(RunQueueBudgetsTest, WhatIsUsedIsWhatTheLedgerBooked) {
  Allow("1MJ");
  for (int i = 0; i < 3; ++i) {
    SubmitFor("ada");
    Tick();
    Work(absl::Seconds(5 + i), 50);
    NewestWorker().EndAs("finished", 50);
    Tick();
  }
  double booked = 0;
  const std::vector<powerdown::Run> runs = *queue_->List(RunFilter());
  for (const powerdown::Run& run : runs) booked += run.energy->gross.value();
  EXPECT_GT(booked, 1500);
  EXPECT_NEAR(Use().used.value(), booked, 1e-6);
  StartQueue();
  EXPECT_NEAR(Use().used.value(), booked, 1e-6);
}

TEST_F(RunQueueBudgetsTest, RunsOfAUserWhoseDayIsUsedUpWaitForTheNextAndLetOthersPass) {
  SubmitFor("ada");
  Tick();
  const std::string waiting = SubmitFor("ada");
  UseUpTheDay();
  EXPECT_THAT(ReasonOf(waiting), HasSubstr("ada's energy budget of 278 mWh per day is used up"));
  SubmitFor("grace");
  Tick();
  EXPECT_EQ(NewestOwner(), "grace");
  NewestWorker().EndAs("finished", 100);
  Tick();
  EXPECT_EQ(StateOf(waiting), RunState::kQueued);
  ToTomorrow();
  Tick(absl::Minutes(1));
  EXPECT_EQ(StateOf(waiting), RunState::kRunning);
}

TEST_F(RunQueueBudgetsTest, APausedRunGoesOnOnceTheBudgetHasRenewedOrIsRaised) {
  const std::string run_id = SubmitFor("ada");
  UseUpTheDay();
  const absl::Status refused = queue_->Resume(run_id, "").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(refused.ToString(), HasSubstr("is used up; it renews"));
  Allow("2kJ");
  EXPECT_TRUE(queue_->Resume(run_id, "").ok());
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kRunning);
  Work(absl::Seconds(10), 200);
  NewestWorker().EndAs("paused", 201, "pause");
  Tick();
  ASSERT_EQ(StateOf(run_id), RunState::kPaused);
  ToTomorrow();
  EXPECT_TRUE(queue_->Resume(run_id, "").ok());
}

TEST_F(RunQueueBudgetsTest, ARestartForgetsNeitherTheBudgetNorWhatWasUsed) {
  UseFile();
  Allow("1kJ");
  const std::string run_id = SubmitFor("ada");
  Tick();
  Work(absl::Seconds(9), 90);
  StartQueue();  // a new attempt
  EXPECT_NEAR(Use().used.value(), 900, 5);
  Tick();
  Work(absl::Seconds(2), 110);
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("pause"));
  EXPECT_THAT(EventsOf(run_id, "budget"), SizeIs(1));  // the warning is not told twice
}

TEST_F(RunQueueBudgetsTest, AWeekHoldsWhenTheDayHasRenewed) {
  Allow("1500J", Period::kWeek);
  SubmitFor("ada");
  UseUpTheDay();
  ToTomorrow();
  SubmitFor("ada");
  Tick();
  Work(absl::Seconds(6), 60);
  NewestWorker().EndAs("paused", 60, "pause");
  Tick();
  EXPECT_THAT(ReasonOf(NewestWorker().start().run_id), HasSubstr("417 mWh per week is used up"));
}

TEST_F(RunQueueBudgetsTest, DeletingARunGivesNothingBack) {
  Allow("1MJ");
  const std::string run_id = SubmitFor("ada");
  Tick();
  Work(absl::Seconds(9), 90);
  NewestWorker().EndAs("finished", 90);
  Tick();
  ASSERT_TRUE(queue_->Delete(run_id, "").ok());
  StartQueue();
  EXPECT_GT(Use().used.value(), 890);
}

TEST_F(RunQueueBudgetsTest, ARunThatWhatIsLeftWillNotDoForIsRefusedWithTheForecast) {
  StopThreeRuns();
  Allow("7kJ");
  SubmitRequest request;
  request.owner = "ada";
  const absl::Status refused = queue_->Submit(request).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(refused.ToString(), HasSubstr("is left of ada's 1.94 Wh per day until"));
  EXPECT_THAT(refused.ToString(), HasSubstr("the median of 3 runs like it here"));
  request.owner = "grace";
  EXPECT_TRUE(queue_->Submit(request).ok());
  Allow("9kJ");
  request.owner = "ada";
  EXPECT_TRUE(queue_->Submit(request).ok());
  Allow("5kJ");
  EXPECT_THAT(queue_->Submit(request).status().ToString(), HasSubstr("is used up; it renews"));
  ASSERT_TRUE(queue_->SetAllowance("ada", Period::kDay, std::nullopt).ok());
  EXPECT_TRUE(queue_->Submit(request).ok());
}

TEST_F(RunQueueBudgetsTest, AnAllowanceInAForeignCurrencyIsRefused) {
  const absl::Status refused = queue_->SetAllowance("ada", Period::kDay, *ParseBudget("1EUR"));
  EXPECT_THAT(refused.ToString(), HasSubstr("allowed: USD"));
  EXPECT_THAT(queue_->AllowancesOf("ada"), IsEmpty());
}

}  // namespace
}  // namespace powerdown
