#include "client/model/run_trace.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

TEST(RunTraceTest, KeepsMilestones) {
  const RunTrace trace = SampleTrace();
  EXPECT_EQ(trace.memorised_step(), 140);
  EXPECT_EQ(trace.grok_step(), 720);
  EXPECT_EQ(trace.stop_step(), 790);
  EXPECT_EQ(trace.last_step(), 1450);
  EXPECT_EQ(trace.Latest(Metric::kTrainAccuracy), 1.0);
}

TEST(RunTraceTest, LaterAttemptReplacesTheStepsItDoesAgain) {
  RunTrace trace = SampleTrace(100);
  StepReport again = SampleReport(50, 99);
  again.attempt = 2;
  trace.Apply(again);
  EXPECT_EQ(trace.last_step(), 50);
  EXPECT_EQ(trace.series(Metric::kTrainAccuracy).points(), 6);
  EXPECT_EQ(trace.abandoned().size(), 1u);
  EXPECT_EQ(trace.StepsPerSecond(), std::nullopt);
  StepReport late = SampleReport(110, 100);
  trace.Apply(late);  // of the attempt that was given up
  EXPECT_EQ(trace.last_step(), 50);
}

TEST(RunTraceTest, EnergyBetweenReportsIsInProportionToTheSteps) {
  const RunTrace trace = SampleTrace(100);
  EXPECT_DOUBLE_EQ(trace.EnergyAt(45)->value(), 0.15 * 45);
  EXPECT_DOUBLE_EQ(trace.EnergyAt(40)->value(), 0.15 * 40);
  EXPECT_EQ(trace.EnergyAt(101), std::nullopt);
  EXPECT_DOUBLE_EQ(trace.Energy()->value(), 15);
}

TEST(RunTraceTest, UnknownEnergyIsAbsentNotZero) {
  RunTrace trace;
  StepReport report = SampleReport(10, 1);
  report.energy.reset();
  report.power.reset();
  trace.Apply(report);
  EXPECT_EQ(trace.Energy(), std::nullopt);
  EXPECT_EQ(trace.Power(), std::nullopt);
  EXPECT_EQ(trace.EnergyAt(10), std::nullopt);
}

TEST(RunTraceTest, PatienceEndsTenEvaluationsAfterTheBest) {
  RunTrace trace;
  for (int64_t step = 0; step <= 12; ++step) {
    StepReport report = SampleReport(step, step + 1);
    report.evaluation.validation_accuracy = step == 1 ? 0.05 : 0.04;
    trace.Apply(report);
  }
  ASSERT_TRUE(trace.naive_stop());
  EXPECT_EQ(trace.naive_stop()->step, 11);
  EXPECT_DOUBLE_EQ(trace.naive_stop()->accuracy, 0.04);
}

TEST(RunTraceTest, LongRunStaysSmallAndKeepsItsEnd) {
  RunTrace trace;
  for (int64_t step = 0; step < 20000; ++step) trace.Apply(SampleReport(step, step + 1));
  const SeriesPyramid& energy = trace.series(Metric::kEnergy);
  EXPECT_GT(energy.points_per_bucket(), 1);
  EXPECT_EQ(trace.last_step(), 19999);
  EXPECT_DOUBLE_EQ(trace.Energy()->value(), 0.15 * 19999);
  EXPECT_TRUE(trace.Power());
  EXPECT_NEAR(trace.EnergyAt(12345)->value(), 0.15 * 12345, 1e-6);
}

TEST(RunTraceTest, SpeedIsThatOfTheReportsTimes) {
  EXPECT_NEAR(SampleTrace(100).StepsPerSecond().value(), 200, 1e-6);
}

TEST(RunTraceTest, AxesOfTimeAndEnergyLeadBackToTheStep) {
  const RunTrace trace = SampleTrace(100);
  EXPECT_DOUBLE_EQ(trace.OnAxis(Axis::kTime, 45), 0.225);
  EXPECT_NEAR(trace.StepAt(Axis::kTime, 0.225), 45, 1e-6);
  EXPECT_NEAR(trace.StepAt(Axis::kEnergy, trace.OnAxis(Axis::kEnergy, 45)), 45, 1e-6);
  EXPECT_DOUBLE_EQ(trace.OnAxis(Axis::kTime, 200), 1);  // at the mean pace so far
  EXPECT_TRUE(std::isnan(RunTrace().OnAxis(Axis::kEnergy, 10)));
}

}  // namespace
}  // namespace powerdown
