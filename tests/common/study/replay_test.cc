#include "common/study/replay.h"

#include <gtest/gtest.h>

#include <functional>

namespace powerdown {
namespace {

// One report every 10 steps; memorised from step 50 on.
std::vector<StepReport> Curve(int64_t last_step,
                              const std::function<double(int64_t)>& validation_accuracy) {
  std::vector<StepReport> reports;
  for (int64_t step = 0; step <= last_step; step += 10) {
    StepReport report;
    report.evaluation = {step, 0.01, step < 50 ? 0.5 : 1.0, 1, validation_accuracy(step)};
    reports.push_back(report);
  }
  return reports;
}

TEST(ReplayTest, StopsSoonAfterTheGrokAndCapturesMostOfTheSaving) {
  const Replay replay =
      ReplayRun(Curve(2000, [](int64_t step) { return step < 500 ? 0.1 : 0.999; }), 2000);
  EXPECT_EQ(replay.memorised_step, 50);
  EXPECT_EQ(replay.grok_step, 500);
  EXPECT_EQ(replay.oracle_step, 500);
  ASSERT_TRUE(replay.stop_step.has_value());
  EXPECT_EQ(replay.reason, "grokked");
  EXPECT_EQ(replay.captured_share, 1 - static_cast<double>(*replay.stop_step - 500) / 1500);
  EXPECT_EQ(replay.accuracy_at_stop, 0.999);
  EXPECT_EQ(replay.reference_accuracy, 0.999);
}

TEST(ReplayTest, AMissedStopCapturesNothing) {
  const Replay replay =
      ReplayRun(Curve(520, [](int64_t step) { return step < 500 ? 0.1 : 0.995; }), 1000);
  EXPECT_EQ(replay.oracle_step, 500);
  EXPECT_FALSE(replay.stop_step.has_value());
  EXPECT_EQ(replay.captured_share, 0);
}

TEST(ReplayTest, ARunThatNeverGroksHasNoOracleAndNoStop) {
  const Replay replay = ReplayRun(Curve(3000, [](int64_t) { return 0.5; }), 3000);
  EXPECT_FALSE(replay.grok_step || replay.oracle_step || replay.stop_step);
  EXPECT_FALSE(replay.captured_share.has_value());
  EXPECT_EQ(replay.reason, "below-threshold");
}

TEST(ReplayTest, WhatComesLaterChangesNoDecision) {
  const auto curve = [](int64_t step) { return step < 500 || step > 900 ? 0.1 : 0.999; };
  const Replay short_run = ReplayRun(Curve(900, curve), 3000);
  const Replay long_run = ReplayRun(Curve(3000, curve), 3000);
  EXPECT_EQ(short_run.stop_step, long_run.stop_step);
}

}  // namespace
}  // namespace powerdown
