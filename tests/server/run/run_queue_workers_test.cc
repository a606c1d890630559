#include "common/base/line_splitter.h"
#include "common/run/worker_limits.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RunQueueLinesTest : public RunQueueTest {
 protected:
  void SayStep(int64_t step) { NewestWorker().SayStep(step, clock_.Now().monotonic); }
};

TEST_F(RunQueueLinesTest, AWorkerKilledBySignalNineFailsItsRunAtItsStepAndTheNextRunStarts) {
  options_.max_running = 1;
  StartQueue();
  const std::string first = SubmitAndStart();
  const std::string second = Submit();
  SayStep(120);
  NewestWorker().Exit(true, "killed by signal 9");
  Tick();
  EXPECT_EQ(StateOf(first), RunState::kFailed);
  EXPECT_EQ(ReasonOf(first), "worker killed by signal 9 at step 120");
  EXPECT_EQ(Get(first).attempts.at(0).reason, "worker killed by signal 9 at step 120");
  EXPECT_THAT(EventsOf(first, "failed"), ElementsAre("worker killed by signal 9 at step 120"));
  EXPECT_EQ(StateOf(second), RunState::kRunning);
}

TEST_F(RunQueueLinesTest, AWorkerThatExitsWithoutAnEndFailsWithTheLastLineOfItsLog) {
  const std::string run_id = SubmitAndStart();
  SayStep(7);
  std::ofstream(NewestWorker().order.log_file) << "all is well\nno space left on device\n\n";
  NewestWorker().Exit(false, "exited with status 0");
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_EQ(ReasonOf(run_id), "worker exited with status 0 at step 7: no space left on device");
}

TEST_F(RunQueueLinesTest, AWorkerThatSaysWhatIsNoLineIsKilledAndItsRunSaysWhat) {
  const std::string run_id = SubmitAndStart();
  SayStep(10);
  NewestWorker().SayText("Segmentation fault (core dumped)");
  Tick();
  Tick();
  EXPECT_TRUE(NewestWorker().was_killed);
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("worker printed a line that could not be parsed"));
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("Segmentation fault"));
  EXPECT_EQ(Get(run_id).steps, 10);
}

TEST_F(RunQueueLinesTest, AnOversizeLineEndsItsWorkerAndTheReasonStaysShort) {
  const std::string run_id = SubmitAndStart();
  LineSplitter splitter(kLongestWorkerLine);
  const std::string step = FormatLine(StepLine());
  const auto lines = splitter.Push(step.substr(0, step.size() - 1) + ",\"x\":\"" +
                                   std::string(2 * kLongestWorkerLine, 'x') + "\"}\n");
  ASSERT_EQ(lines.size(), 1u);
  NewestWorker().SayText(lines[0]);
  Tick();
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_LT(ReasonOf(run_id).size(), 300u);
}

TEST_F(RunQueueLinesTest, AWorkerOfAnotherVersionIsRefused) {
  const std::string run_id = Submit();
  Tick();
  HelloLine hello;
  hello.version = kWorkerLineVersion + 1;
  NewestWorker().Say(hello);
  Tick();
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("install both from one build"));
}

TEST_F(RunQueueLinesTest, AWorkerThatLingersAfterItsEndIsEndedAndItsRunIsFinished) {
  const std::string run_id = SubmitAndStart();
  NewestWorker().Say(EndedLine{100, AttemptOutcome::kFinished});
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kRunning);
  Tick(absl::Seconds(11));
  EXPECT_TRUE(NewestWorker().was_killed);
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kFinished);
}

TEST_F(RunQueueLinesTest, AWorkerThatNeverStartsIsKilledAndItsRunSaysSo) {
  const std::string silent = Submit();
  const std::string started = Submit();
  Tick();
  NewestWorker().SayStarted();
  Tick();
  Tick(options_.start_grace);
  Tick();
  EXPECT_EQ(StateOf(silent), RunState::kFailed);
  EXPECT_EQ(ReasonOf(silent), "worker did not start within 5m and was killed");
  EXPECT_EQ(StateOf(started), RunState::kRunning);
}

TEST_F(RunQueueLinesTest, AWorkerThatDoesNotPauseInTimeIsKilledAndItsRunSaysSo) {
  const std::string run_id = SubmitAndStart();
  SayStep(30);
  Tick();
  ASSERT_TRUE(queue_->Pause(run_id, "").ok());
  Tick(absl::Seconds(11));
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_EQ(ReasonOf(run_id), "worker did not end within 10s and was killed at step 30");
}

TEST_F(RunQueueLinesTest, StepsMilestonesAndDecisionsAreInTheRunAndInItsUpdates) {
  const std::string run_id = SubmitAndStart();
  NewestWorker().SayStep(50, clock_.Now().monotonic, 0.25);
  NewestWorker().Say(MilestoneLine{EventKind::kMemorised, 40, 50});
  NewestWorker().Say(MilestoneLine{EventKind::kGrokked, 45, 50});
  DecisionLine decision;
  decision.decision.stop = true;
  decision.decision.step = 50;
  NewestWorker().Say(decision);
  Tick();
  const powerdown::Run run = Get(run_id);
  EXPECT_EQ(run.steps, 50);
  EXPECT_EQ(run.validation_accuracy, 0.25);
  EXPECT_EQ(run.memorised_step, 40);
  EXPECT_EQ(run.grok_step, 45);
  ASSERT_TRUE(run.stop.has_value());
  EXPECT_EQ(run.stop->mode, StopMode::kOn);
  EXPECT_EQ(store_->updates().ReadReports(run_id)->size(), 1u);
  EXPECT_THAT(EventsOf(run_id, "stopped"), ElementsAre("stopped at step 50: it has grokked"));
}

TEST_F(RunQueueLinesTest, AResumedAttemptDoesNotTellAMilestoneTwice) {
  const std::string run_id = SubmitAndStart();
  NewestWorker().Say(MilestoneLine{EventKind::kMemorised, 40, 50});
  NewestWorker().Exit(true, "killed by signal 9");
  Tick();
  ASSERT_TRUE(queue_->Resume(run_id, "").ok());
  Tick();
  NewestWorker().Say(MilestoneLine{EventKind::kMemorised, 40, 50});
  Tick();
  EXPECT_EQ(EventsOf(run_id, "memorised").size(), 1u);
}

TEST_F(RunQueueLinesTest, AReportCarriesTheEnergyOfAllAttemptsUpToItsOwnTime) {
  const std::string run_id = SubmitAndStart();  // the meter gives 100 W
  box_.Use(101, absl::Seconds(1));
  Tick(absl::Seconds(1));
  SayStep(10);
  Tick(absl::Seconds(1));
  const auto reports = *store_->updates().ReadReports(run_id);
  ASSERT_EQ(reports.size(), 1u);
  ASSERT_TRUE(reports[0].energy.has_value());
  EXPECT_NEAR(reports[0].energy->value(), 100, 1);
  NewestWorker().Exit(true, "killed by signal 9");
  Tick();
  const double first = Get(run_id).energy->gross.value();
  ASSERT_TRUE(queue_->Resume(run_id, "").ok());
  Tick();
  box_.Use(102, absl::Seconds(1));
  Tick(absl::Seconds(1));
  SayStep(20);
  Tick(absl::Milliseconds(1));
  EXPECT_NEAR(store_->updates().ReadReports(run_id)->back().energy->value(), first + 100, 1);
}

TEST_F(RunQueueLinesTest, WithoutAReadingEnergyIsAbsentAndNotZero) {
  const std::string run_id = Submit();
  EXPECT_FALSE(Get(run_id).energy.has_value());
  EXPECT_FALSE(Get(run_id).cost.has_value());
  Tick();
  NewestWorker().SayStep(1, clock_.Now().monotonic - absl::Seconds(5));
  Tick();
  ASSERT_EQ(store_->updates().ReadReports(run_id)->size(), 1u);
  EXPECT_EQ(store_->updates().ReadReports(run_id)->at(0).evaluation.step, 1);
}

}  // namespace
}  // namespace powerdown
