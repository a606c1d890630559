#include "common/run/evaluation.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

Evaluation At(int64_t step, double validation_accuracy, double train_accuracy = 1) {
  return {step, 0.01, train_accuracy, 0.1, validation_accuracy};
}

TEST(GrokTrackerTest, MemorisedIsTheFirstTrainAccuracyOf99Percent) {
  GrokTracker tracker;
  tracker.Observe(At(0, 0, 0.02));
  tracker.Observe(At(10, 0, 0.99));
  tracker.Observe(At(20, 0, 0.5));
  tracker.Observe(At(30, 0, 1));
  EXPECT_EQ(tracker.memorised_step(), 10);
  EXPECT_EQ(tracker.grok_step(), std::nullopt);
}

TEST(GrokTrackerTest, GrokIsTheStartOfThreeInARow) {
  GrokTracker tracker;
  tracker.Observe(At(90, 0.989));
  tracker.Observe(At(100, 0.99));
  tracker.Observe(At(110, 1));
  EXPECT_EQ(tracker.grok_step(), std::nullopt);
  tracker.Observe(At(120, 0.995));
  EXPECT_EQ(tracker.grok_step(), 100);
  tracker.Observe(At(130, 0.1));  // a later collapse does not take it back
  EXPECT_EQ(tracker.grok_step(), 100);
  EXPECT_EQ(tracker.held_since(), std::nullopt);
  EXPECT_FALSE(tracker.holds_window());
}

TEST(GrokTrackerTest, ATouchDoesNotCount) {
  GrokTracker tracker;
  for (int64_t step = 0; step < 1000; step += 10) {
    tracker.Observe(At(step, step % 30 == 0 ? 0.5 : 1));
  }
  EXPECT_EQ(tracker.grok_step(), std::nullopt);
}

TEST(GrokTrackerTest, AWindowSpansOnePercentOfTheSteps) {
  GrokTracker tracker;
  for (int64_t step = 10000; step < 10100; step += 10) tracker.Observe(At(step, 1));
  EXPECT_EQ(tracker.held_evaluations(), 10);
  EXPECT_EQ(tracker.grok_step(), std::nullopt);
  tracker.Observe(At(10100, 1));  // spans 100 of 10100
  EXPECT_EQ(tracker.grok_step(), std::nullopt);
  tracker.Observe(At(10110, 1));
  EXPECT_EQ(tracker.grok_step(), 10000);
}

TEST(GrokTrackerTest, NanIsNotHeld) {
  GrokTracker tracker;
  for (int64_t step = 0; step < 100; step += 10) tracker.Observe(At(step, 0.0 / 0.0));
  EXPECT_EQ(tracker.held_evaluations(), 0);
}

EvaluationSchedule DefaultSchedule(RunSpec spec = RunSpec()) {
  return EvaluationSchedule(spec, 1741, 1740);
}

TEST(EvaluationScheduleTest, StartsAtStepZeroThenTheFloor) {
  EvaluationSchedule schedule = DefaultSchedule();
  EXPECT_TRUE(schedule.IsDue(0));
  schedule.Observe(At(0, 0));
  EXPECT_EQ(schedule.next_step(), 10);
  EXPECT_FALSE(schedule.IsDue(9));
}

TEST(EvaluationScheduleTest, GapsGrowWithTheStep) {
  EvaluationSchedule schedule = DefaultSchedule();
  schedule.Observe(At(5000, 0.1));
  EXPECT_EQ(schedule.next_step(), 5100);
  schedule.Observe(At(5100, 0.6));
  EXPECT_EQ(schedule.next_step(), 5151);
}

TEST(EvaluationScheduleTest, StaysFineUntilAGrokIsHeld) {
  EvaluationSchedule schedule = DefaultSchedule();
  schedule.Observe(At(10000, 0.995));
  EXPECT_EQ(schedule.next_step(), 10100);
  schedule.Observe(At(10100, 0.995));
  EXPECT_EQ(schedule.next_step(), 10201);
  schedule.Observe(At(10201, 0.995));
  EXPECT_EQ(schedule.next_step(), 10201 + 204);
  schedule.Observe(At(10405, 0.9));  // a collapse: fine again
  EXPECT_EQ(schedule.next_step(), 10405 + 104);
}

TEST(EvaluationScheduleTest, FloorKeepsEvaluationCheap) {
  // 30% data: an evaluation costs 7/(3·3) = 78% of a step, so at most every 16th step.
  EvaluationSchedule full(RunSpec(), 300, 700);
  full.Observe(At(0, 0));
  EXPECT_EQ(full.next_step(), 16);
  // Minibatches of 100: (300 + 700) / 300 steps, so at most every 67th.
  RunSpec spec;
  spec.batch_size = 100;
  EvaluationSchedule batches(spec, 300, 700);
  batches.Observe(At(0, 0));
  EXPECT_EQ(batches.next_step(), 67);
}

TEST(EvaluationScheduleTest, EveryNMeansMultiplesOfN) {
  RunSpec spec;
  spec.evaluate_every = 25;
  EvaluationSchedule schedule = DefaultSchedule(spec);
  schedule.Observe(At(0, 0));
  EXPECT_EQ(schedule.next_step(), 25);
  schedule.Observe(At(40, 0.9));  // after a resume between two multiples
  EXPECT_EQ(schedule.next_step(), 50);
}

}  // namespace
}  // namespace powerdown
