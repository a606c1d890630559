#include "server/run/comparison.h"

#include "tests/server/run/comparison_moves.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ComparisonTest : public RunQueueTest {
 protected:
  ComparisonTest() { StartComparisons(); }
  void StartComparisons() {
    StartQueue();
    comparisons_ =
        std::make_unique<Comparisons>(queue_.get(), store_.get(), &clock_, &ids_, DefaultFactors());
  }
  Comparison Create(ComparisonMode mode, const std::string& request_id = "") {
    CompareRequest request;
    request.mode = mode;
    request.schedule = {SchedulePolicy::kFixed, 1000};
    request.owner = "ada";
    request.request_id = request_id;
    const auto comparison = comparisons_->Create(request);
    EXPECT_TRUE(comparison.ok()) << comparison.status();
    return comparison.value_or(Comparison());
  }
  Comparison Get(const std::string& comparison_id) {
    const auto comparison = comparisons_->Get(comparison_id);
    EXPECT_TRUE(comparison.ok()) << comparison.status();
    return comparison.value_or(Comparison());
  }
  // The worker trains `steps` of ten seconds a hundred at the meter's 100 W, with a report a
  // hundred; validation accuracy is flat until step 400 and complete from 600 on.
  void Train(FakeWorkerState& worker, int64_t pid, int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; step += 100) {
      box_.Use(pid, absl::Seconds(10));
      Tick(absl::Seconds(10));
      const double accuracy = step < 400 ? 0.02 : step < 600 ? 0.5 : 0.999;
      worker.SayStep(step, clock_.Now().monotonic, accuracy);
      Tick(absl::Milliseconds(1));
    }
  }
  static void SayStop(FakeWorkerState& worker, int64_t step) {
    DecisionLine decision;
    decision.decision.stop = true;
    decision.decision.step = step;
    worker.Say(decision);
  }
  void SayCheckpoint(FakeWorkerState& worker, const std::string& label, const std::string& hash) {
    CheckpointLine line;
    line.checkpoint.label = Named<CheckpointLabel>::Parse(label);
    line.checkpoint.kind = CheckpointKind::kFull;
    line.checkpoint.sha256 = hash;
    worker.Say(line);
  }
  // A shared comparison whose run stops (in thought) at 700 and goes on to 1000.
  Comparison TrainShared() {
    const Comparison created = Create(ComparisonMode::kShared);
    Tick();
    FakeWorkerState& worker = NewestWorker();
    worker.SayStarted();
    Train(worker, 101, 100, 700);
    worker.Say(MilestoneLine{EventKind::kGrokked, 600, 700});
    SayStop(worker, 700);
    Train(worker, 101, 800, 1000);
    worker.EndAs("finished", 1000);
    Tick(absl::Milliseconds(1));
    return Get(created.comparison_id);
  }

  std::unique_ptr<Comparisons> comparisons_;
};

TEST_F(ComparisonTest, ASharedOneIsOneRunThatObserves) {
  const Comparison comparison = Create(ComparisonMode::kShared);
  EXPECT_EQ(comparison.usual.run_id, comparison.stopped.run_id);
  EXPECT_EQ(comparison.usual.auto_stop, AutoStop::kObserve);
  EXPECT_EQ(comparison.usual.max_steps, 1000);
  EXPECT_EQ(comparison.usual.comparison_id, comparison.comparison_id);
  EXPECT_THAT(*queue_->List({}), SizeIs(1));
  EXPECT_FALSE(comparison.has_ended);
  EXPECT_FALSE(comparison.saved.has_value());
}

TEST_F(ComparisonTest, TheStoppedSideIsTheRunAsItStoodAtItsStop) {
  const Comparison comparison = TrainShared();
  EXPECT_TRUE(comparison.has_ended);
  EXPECT_TRUE(comparison.identical_prefix);
  EXPECT_EQ(comparison.usual.steps, 1000);
  EXPECT_EQ(comparison.stopped.steps, 700);
  EXPECT_EQ(comparison.stopped.state, RunState::kStopped);
  EXPECT_EQ(comparison.stopped.validation_accuracy, 0.999);
  EXPECT_EQ(comparison.accuracy_change, 0.0);
}

TEST_F(ComparisonTest, WhatIsSavedIsWhatTheMeterSawAfterTheStop) {
  const Comparison comparison = TrainShared();  // 100 s at 100 W, stopped after 70 s of them
  ASSERT_TRUE(comparison.saved.has_value());
  EXPECT_NEAR(comparison.usual.energy->gross.value(), 10000, 50);
  EXPECT_NEAR(comparison.stopped.energy->gross.value(), 7000, 50);
  EXPECT_NEAR(comparison.saved->gross.value(), 3000, 50);
  EXPECT_NEAR(comparison.saved->share, 0.3, 0.005);
  EXPECT_LE(comparison.saved->low, comparison.saved->gross);
  EXPECT_GE(comparison.saved->high, comparison.saved->gross);
  EXPECT_THAT(comparison.fleet, SizeIs(FleetSizes().size()));
}

TEST_F(ComparisonTest, AReportsEnergyIsWhatTheLedgerHoldsUpToItsTime) {
  const Comparison comparison = TrainShared();
  const std::string& run_id = comparison.usual.run_id;
  const auto ledger = *store_->ledger().Read(RunConsumerPrefix(run_id));
  const std::vector<StepReport> reports = *store_->updates().ReadReports(run_id);
  ASSERT_THAT(reports, SizeIs(10));
  for (const StepReport& report : reports) {
    const auto booked = SumIntervals(IntervalsUntil(ledger, report.monotonic));
    ASSERT_TRUE(booked && report.energy) << report.evaluation.step;
    EXPECT_NEAR(report.energy->value(), booked->gross.value(), 1) << report.evaluation.step;
  }
  EXPECT_NEAR(reports[6].energy->value(), comparison.stopped.energy->gross.value(), 1);
}

TEST_F(ComparisonTest, TheOtherSchedulesAreRecutsOfTheSameRun) {
  const Comparison comparison = TrainShared();
  for (const Recut& recut : comparison.recuts) {
    if (recut.policy == "prototype") {
      EXPECT_EQ(recut.max_steps, 792);  // 1.32 x 600
      EXPECT_NEAR(*recut.share, 1 - 700.0 / 792, 0.01);
      EXPECT_FALSE(recut.is_extrapolated);
    }
    if (recut.policy == "literature") {
      EXPECT_EQ(recut.max_steps, kLiteratureSteps);
      EXPECT_NEAR(*recut.share, 1 - 700.0 / kLiteratureSteps, 0.001);
      EXPECT_TRUE(recut.is_extrapolated);
    }
  }
  EXPECT_GE(comparison.recuts.size(), 2u);
}

TEST_F(ComparisonTest, TheNaiveRuleIsMarkedWhereItWouldHaveEnded) {
  const Comparison created = Create(ComparisonMode::kShared);
  Tick();
  FakeWorkerState& worker = NewestWorker();
  for (int64_t step = 10; step <= 200; step += 10) {
    worker.SayStep(step, clock_.Now().monotonic, 0.02);
  }
  worker.SayStep(900, clock_.Now().monotonic, 1.0);
  worker.EndAs("finished", 1000);
  Tick();
  const Comparison comparison = Get(created.comparison_id);
  ASSERT_TRUE(comparison.naive_stop.has_value());
  EXPECT_EQ(comparison.naive_stop->rule, "patience-10");
  EXPECT_EQ(comparison.naive_stop->step, 110);
  EXPECT_EQ(comparison.naive_stop->accuracy, 0.02);
}

TEST_F(ComparisonTest, AScheduleTiedToTheGrokStepEndsWhereItsRunDid) {
  CompareRequest request;
  request.schedule.policy = SchedulePolicy::kPrototype;
  const auto created = comparisons_->Create(request);
  ASSERT_TRUE(created.ok()) << created.status();
  Tick();
  EXPECT_EQ(NewestWorker().start().grok_multiple, kPrototypeGrokMultiple);
  Train(NewestWorker(), 101, 100, 700);
  NewestWorker().Say(MilestoneLine{EventKind::kGrokked, 600, 700});
  NewestWorker().EndAs("finished", 792);
  Tick();
  const Comparison comparison = Get(created->comparison_id);
  EXPECT_EQ(comparison.schedule_policy, "prototype");
  EXPECT_EQ(comparison.schedule_max_steps, comparison.usual.steps);
}

TEST_F(ComparisonTest, AParallelOneTrainsBothAndComparesTheirWeightsAtTheStop) {
  for (const bool is_equal : {true, false}) {
    const Comparison created = Create(ComparisonMode::kParallel);
    EXPECT_NE(created.usual.run_id, created.stopped.run_id);
    EXPECT_EQ(created.stopped.auto_stop, AutoStop::kOn);
    Tick();
    FakeWorkerState& usual = launcher_.worker(launcher_.launches() - 2);
    FakeWorkerState& stopped = NewestWorker();
    ASSERT_EQ(usual.start().run_id, created.usual.run_id);
    SayStop(usual, 700);
    SayCheckpoint(usual, "stop", "abc");
    SayStop(stopped, 700);
    SayCheckpoint(stopped, "stop", is_equal ? "abc" : "abd");
    stopped.EndAs("stopped", 700, "grokked");
    Tick();
    EXPECT_FALSE(Get(created.comparison_id).has_ended);
    usual.EndAs("finished", 1000);
    Tick();
    const Comparison comparison = Get(created.comparison_id);
    EXPECT_TRUE(comparison.has_ended);
    EXPECT_EQ(comparison.identical_prefix, is_equal);
  }
}

TEST_F(ComparisonTest, ARunThatFailedSavesNothing) {
  const Comparison created = Create(ComparisonMode::kShared);
  Tick();
  Train(NewestWorker(), 101, 100, 700);
  SayStop(NewestWorker(), 700);
  NewestWorker().Exit(true, "killed by signal 9");
  Tick();
  const Comparison comparison = Get(created.comparison_id);
  EXPECT_TRUE(comparison.has_ended);
  EXPECT_EQ(comparison.usual.state, RunState::kFailed);
  EXPECT_FALSE(comparison.saved.has_value());
  EXPECT_TRUE(comparison.fleet.empty());
}

// A retry takes back what the first attempt reported, the stop too, until it gets there again.
TEST_F(ComparisonTest, DuringAnUnfinishedRetryOnlyTheReportsThatStandCount) {
  const Comparison created = Create(ComparisonMode::kShared);
  Tick();
  Train(NewestWorker(), 101, 100, 600);
  SayStop(NewestWorker(), 600);
  Train(NewestWorker(), 101, 700, 900);
  EXPECT_EQ(Get(created.comparison_id).stopped.steps, 600);
  NewestWorker().Exit(false, "killed by signal 9");
  Tick();
  ASSERT_TRUE(queue_->Resume(created.usual.run_id, "").ok());
  Tick();
  Train(NewestWorker(), 102, 500, 500);
  const Comparison retried = Get(created.comparison_id);
  EXPECT_EQ(retried.stopped.steps, 500);
  EXPECT_EQ(retried.stopped.state, RunState::kRunning);
  Train(NewestWorker(), 102, 600, 700);
  const Comparison again = Get(created.comparison_id);
  EXPECT_EQ(again.stopped.steps, 600);
  EXPECT_EQ(again.stopped.state, RunState::kStopped);
  // Both attempts up to the stop: 90 s and 20 s at 100 W.
  EXPECT_NEAR(again.stopped.energy->gross.value(), 11000, 100);
}

TEST_F(ComparisonTest, ARunThatNeverStoppedSavesNoEnergyAndSaysZero) {
  const Comparison created = Create(ComparisonMode::kShared);
  Tick();
  Train(NewestWorker(), 101, 100, 1000);
  NewestWorker().EndAs("finished", 1000);
  Tick();
  const Comparison comparison = Get(created.comparison_id);
  ASSERT_TRUE(comparison.saved.has_value());
  EXPECT_EQ(comparison.saved->gross, Joules(0));
  EXPECT_EQ(comparison.stopped.steps, 1000);
}

TEST_F(ComparisonTest, ARequestIdGivesTheSameComparisonAlsoAfterACrashBetweenItsTwoWrites) {
  const Comparison first = Create(ComparisonMode::kParallel, "compare-1");
  EXPECT_EQ(Create(ComparisonMode::kParallel, "compare-1").comparison_id, first.comparison_id);
  SubmitRequest half;  // what a crash after the first run leaves
  half.owner = "ada";
  half.comparison_id = "01k9half";
  half.request_id = "compare-2/usual";
  ASSERT_TRUE(queue_->Submit(half).ok());
  const Comparison second = Create(ComparisonMode::kParallel, "compare-2");
  EXPECT_EQ(second.comparison_id, "01k9half");
  EXPECT_EQ(second.stopped.comparison_id, "01k9half");
  EXPECT_THAT(*queue_->List({}), SizeIs(4));
}

TEST_F(ComparisonTest, WhenThereIsNoRoomForBothSidesNoneIsTrained) {
  options_.max_queued_per_user = 1;
  StartComparisons();
  CompareRequest request;
  request.mode = ComparisonMode::kParallel;
  request.owner = "ada";
  const auto refused = comparisons_->Create(request);
  EXPECT_THAT(refused.status().ToString(), HasSubstr("at most 1 are allowed"));
  ASSERT_THAT(*queue_->List({}), SizeIs(1));
  EXPECT_EQ(queue_->List({})->front().state, RunState::kCancelled);
}

TEST_F(ComparisonTest, ADryRunShowsTheScheduleAndLeavesNothing) {
  CompareRequest request;
  request.validate_only = true;
  const auto preview = comparisons_->Create(request);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->schedule_policy, "twice-median");
  EXPECT_GT(preview->schedule_max_steps, 0);
  EXPECT_TRUE(queue_->List({})->empty());
  EXPECT_TRUE(comparisons_->List(10)->empty());
}

// Whatever is done to a comparison by hand or by accident, what it saved is what the rule saved.
TEST_F(ComparisonMoves, NeverChangeWhatTheRuleSaved) {
  for (uint32_t seed = 0; seed < 150 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Begin(seed);
    const int64_t moves = Pick(0, kMostMoves);
    for (int64_t i = 0; i < moves && !HasFailure(); ++i) Move();
    if (HasFailure()) return;
    End();
    ExpectTheRulesSaving();
  }
}

}  // namespace
}  // namespace powerdown
