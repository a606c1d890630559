// Random moves on a comparison: pauses, crashes, stops by hand, restarts, in any order.
#pragma once

#include <gmock/gmock.h>

#include <random>

#include "server/run/comparison.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {

inline constexpr int64_t kStride = 100;  // steps between reports
inline constexpr int64_t kSchedule = 1000;
inline constexpr int kMostMoves = 14;  // before the run is left to end

// One shared comparison, and a worker that resumes where the test says and tells the rule's stop
// each time it passes the step.
class ComparisonMoves : public RunQueueTest {
 protected:
  void Begin(uint32_t seed) {
    OpenStore(":memory:");
    StartAll();
    random_.seed(seed);
    stop_step_ = kStride * Pick(3, 9);
    step_ = 0;
    CompareRequest request;
    request.schedule = {SchedulePolicy::kFixed, kSchedule};
    request.owner = "ada";
    const auto created = comparisons_->Create(request);
    ASSERT_TRUE(created.ok()) << created.status();
    comparison_id_ = created->comparison_id;
    run_id_ = created->usual.run_id;
    Launched(0);
  }
  void StartAll() {
    StartQueue();
    comparisons_ =
        std::make_unique<Comparisons>(queue_.get(), store_.get(), &clock_, &ids_, DefaultFactors());
  }
  int64_t Pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  void Launched(int64_t from) {
    Tick();
    ASSERT_EQ(StateOf(run_id_), RunState::kRunning);
    step_ = from;
    NewestWorker().SayStarted(from);
    Tick();
  }
  // Trains up to `until`, ten seconds a report at the meter's 100 W.
  void Train(int64_t until) {
    const int64_t pid = 100 + static_cast<int64_t>(launcher_.launches());
    while (step_ < until) {
      step_ += kStride;
      box_.Use(pid, absl::Seconds(10));
      Tick(absl::Seconds(10));
      NewestWorker().SayStep(step_, clock_.Now().monotonic, step_ < stop_step_ ? 0.1 : 0.999);
      if (step_ == stop_step_) {
        DecisionLine decision;
        decision.decision.stop = true;
        decision.decision.step = step_;
        NewestWorker().Say(decision);
      }
      Tick(absl::Milliseconds(1));
    }
  }
  int64_t AnEarlierStep() { return kStride * Pick(0, step_ / kStride); }
  void PauseAndResume() {
    ASSERT_TRUE(queue_->Pause(run_id_, "").ok());
    NewestWorker().EndAs("paused", step_);
    Tick();
    ASSERT_TRUE(queue_->Resume(run_id_, "").ok());
    Launched(step_);
  }
  void CrashAndRetry() {
    NewestWorker().Exit(true, "killed by signal 9");
    Tick();
    ASSERT_EQ(StateOf(run_id_), RunState::kFailed);
    EXPECT_FALSE(Now().saved.has_value());  // a run that failed says nothing
    ASSERT_TRUE(queue_->Resume(run_id_, "").ok());
    Launched(AnEarlierStep());
  }
  void StopByHand() {
    ASSERT_TRUE(queue_->Stop(run_id_, "").ok());
    NewestWorker().EndAs("stopped", step_, "user");
    Tick();
    ASSERT_EQ(StateOf(run_id_), RunState::kStopped);
  }
  void RestartTheDaemon() {
    StartAll();
    Launched(AnEarlierStep());
  }
  Comparison Now() {
    const auto comparison = comparisons_->Get(comparison_id_);
    EXPECT_TRUE(comparison.ok()) << comparison.status();
    return comparison.value_or(Comparison());
  }
  // The ledger's joules at the report of `step` that stands: the last attempt's.
  Joules EnergyAtReport(int64_t step) {
    std::optional<Joules> energy;
    const std::vector<StepReport> reports = *store_->updates().ReadReports(run_id_);
    for (const StepReport& report : reports) {
      if (report.evaluation.step == step) energy = report.energy;
    }
    EXPECT_TRUE(energy.has_value()) << step;
    return energy.value_or(Joules(0));
  }
  // At an end, in whichever way.
  void ExpectTheRulesSaving() {
    const Comparison comparison = Now();
    ASSERT_TRUE(comparison.has_ended);
    if (step_ < stop_step_) {
      EXPECT_FALSE(IsByRule(comparison.usual.stop));
      // Absent before the first report: no energy is told of any step.
      EXPECT_EQ(comparison.saved.value_or(Saving()).gross, Joules(0));
      return;
    }
    ASSERT_TRUE(comparison.saved.has_value());
    const Joules used = comparison.usual.energy->gross;
    ASSERT_TRUE(IsByRule(comparison.usual.stop));
    EXPECT_EQ(comparison.usual.stop->step, stop_step_);
    EXPECT_EQ(comparison.usual.stop->mode, StopMode::kObserve);
    EXPECT_EQ(comparison.stopped.steps, stop_step_);
    const Joules saved = used - EnergyAtReport(stop_step_);
    EXPECT_NEAR(comparison.saved->gross.value(), saved.value(), 2);
    EXPECT_NEAR(comparison.saved->share, saved / used, 1e-3);
  }
  void Move() {
    switch (Pick(0, 4)) {
      case 0:
        return Train(std::min(kSchedule - kStride, step_ + kStride * Pick(1, 4)));
      case 1:
        return PauseAndResume();
      case 2:
        return CrashAndRetry();
      case 3:
        StopByHand();
        ExpectTheRulesSaving();
        ASSERT_TRUE(queue_->Continue(run_id_, "").ok());
        return Launched(step_);
      default:
        return RestartTheDaemon();
    }
  }
  void End() {
    if (Pick(0, 2) == 0) return StopByHand();
    Train(kSchedule);
    NewestWorker().EndAs("finished", kSchedule);
    Tick();
  }

  std::mt19937 random_;
  int64_t stop_step_ = 0;  // where the rule says stop
  int64_t step_ = 0;       // that the newest worker has reported
  std::string comparison_id_;
  std::string run_id_;
  std::unique_ptr<Comparisons> comparisons_;
};

}  // namespace powerdown
