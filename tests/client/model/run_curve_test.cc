#include "client/model/run_curve.h"

#include <gtest/gtest.h>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

TEST(RunCurveTest, KeepsMilestonesAndTheNewestRevision) {
  const RunCurve curve = SampleCurve();
  EXPECT_EQ(curve.memorised_step(), 140);
  EXPECT_EQ(curve.grok_step(), 720);
  EXPECT_EQ(curve.stop_step(), 790);
  EXPECT_EQ(curve.last_step(), 1450);
  EXPECT_EQ(curve.last_revision(), 146);
}

TEST(RunCurveTest, LaterAttemptReplacesTheStepsItDoesAgain) {
  RunCurve curve = SampleCurve(100);
  StepReport again = SampleReport(50, 99);
  again.attempt = 2;
  curve.Apply(again);
  EXPECT_EQ(curve.last_step(), 50);
  EXPECT_EQ(curve.points().size(), 6u);
  EXPECT_EQ(curve.points().back().attempt, 2);
  EXPECT_EQ(curve.StepsPerSecond(), std::nullopt);
}

TEST(RunCurveTest, EnergyBetweenReportsIsInProportionToTheSteps) {
  const RunCurve curve = SampleCurve(100);
  EXPECT_DOUBLE_EQ(curve.EnergyAt(45)->value(), 0.15 * 45);
  EXPECT_DOUBLE_EQ(curve.EnergyAt(40)->value(), 0.15 * 40);
  EXPECT_EQ(curve.EnergyAt(101), std::nullopt);
  EXPECT_DOUBLE_EQ(curve.Energy()->value(), 15);
}

TEST(RunCurveTest, UnknownEnergyIsAbsentNotZero) {
  RunCurve curve;
  StepReport report = SampleReport(10, 1);
  report.energy.reset();
  report.power.reset();
  curve.Apply(report);
  EXPECT_EQ(curve.Energy(), std::nullopt);
  EXPECT_EQ(curve.Power(), std::nullopt);
  EXPECT_EQ(curve.EnergyAt(10), std::nullopt);
}

TEST(RunCurveTest, PatienceEndsTenEvaluationsAfterTheBest) {
  RunCurve curve;
  for (int64_t step = 0; step <= 12; ++step) {
    StepReport report = SampleReport(step, step + 1);
    report.evaluation.validation_accuracy = step == 1 ? 0.05 : 0.04;
    curve.Apply(report);
  }
  ASSERT_TRUE(curve.naive_stop());
  EXPECT_EQ(curve.naive_stop()->step, 11);
  EXPECT_DOUBLE_EQ(curve.naive_stop()->accuracy, 0.04);
}

TEST(RunCurveTest, LongRunStaysSmallAndKeepsItsEnd) {
  RunCurve curve;
  for (int64_t step = 0; step < 20000; ++step) curve.Apply(SampleReport(step, step + 1));
  EXPECT_LE(curve.points().size(), RunCurve::kMostPoints);
  EXPECT_GT(curve.points().size(), RunCurve::kMostPoints / 4);
  EXPECT_EQ(curve.points().front().step, 0);
  EXPECT_EQ(curve.last_step(), 19999);
}

TEST(RunCurveTest, SpeedIsThatOfTheReportsTimes) {
  EXPECT_NEAR(SampleCurve(100).StepsPerSecond().value(), 200, 1e-6);
}

}  // namespace
}  // namespace powerdown
