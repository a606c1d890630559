#include "common/forecast/forecaster.h"

#include <gtest/gtest.h>

#include "common/study/replay.h"
#include "common/task/task.h"
#include "tests/fakes/trained_predictor.h"

namespace powerdown {
namespace {

TEST(ForecasterTest, SaysNothingWithoutWeights) {
  const RecordedRun run = GrokkingRuns()[0];
  Forecaster forecaster(nullptr, run.run.spec, 20000);
  EXPECT_FALSE(forecaster.Before().has_value());
  for (const StepReport& report : run.reports) {
    EXPECT_FALSE(forecaster.Observe(report).forecast.has_value());
  }
  EXPECT_FALSE(forecaster.planned().has_value());
}

TEST(ForecasterTest, ForecastsAtLandmarksUntilTheGrokIsKnown) {
  const RecordedRun run = GrokkingRuns()[0];
  const Replay replay = ReplayRun(run.reports, 20000, run.run.spec, TrainedPredictor());
  ASSERT_GE(replay.forecasts.size(), 8u);
  EXPECT_EQ(replay.forecasts[0].made_at_step, 0);
  EXPECT_EQ(replay.forecasts[1].made_at_step, 50);
  EXPECT_LE(replay.forecasts.back().made_at_step, replay.grok_step.value() * 1.1);
}

TEST(ForecasterTest, SeesNothingThatLiesAhead) {
  const RecordedRun run = GrokkingRuns()[0];
  const Replay whole = ReplayRun(run.reports, 20000, run.run.spec, TrainedPredictor());
  std::vector<StepReport> part(run.reports.begin(), run.reports.begin() + 100);
  const Replay prefix = ReplayRun(part, 20000, run.run.spec, TrainedPredictor());
  ASSERT_LT(prefix.forecasts.size(), whole.forecasts.size());
  for (size_t i = 0; i < prefix.forecasts.size(); ++i) {
    EXPECT_EQ(prefix.forecasts[i], whole.forecasts[i]);
  }
}

TEST(ForecasterTest, GivesUpWhatNeverGroksButNotBeforeAQuarterOfTheStepLimit) {
  for (const RecordedRun& run : GrokkingRuns()) {
    const Replay replay = ReplayRun(run.reports, 20000, run.run.spec, TrainedPredictor());
    if (replay.grok_step) {
      EXPECT_FALSE(replay.abandon_step.has_value()) << run.run.run_id;
    }
    if (replay.abandon_step) {
      EXPECT_GE(*replay.abandon_step, 5000);
    }
  }
}

TEST(ForecasterTest, RandomLabelsAreGivenUpAtAQuarterOfTheStepLimit) {
  RecordedRun run = GrokkingRuns()[0];
  run.run.spec.task = kRandomLabels;
  for (StepReport& report : run.reports) report.evaluation.validation_accuracy = 0.05;
  const Replay replay = ReplayRun(run.reports, 2000, run.run.spec, TrainedPredictor());
  ASSERT_FALSE(replay.forecasts.empty());
  for (const Forecast& forecast : replay.forecasts) {
    EXPECT_EQ(forecast.will_grok_probability, 0);
    EXPECT_FALSE(forecast.grok_step.has_value());
  }
  ASSERT_TRUE(replay.abandon_step.has_value());
  EXPECT_GE(*replay.abandon_step, 500);
}

TEST(ForecasterTest, ARunOfAnUnknownSpecThatGroksIsNotGivenUp) {
  for (const RecordedRun& run : GrokkingRuns()) {
    RunSpec unknown = run.run.spec;
    unknown.task = kUnknownTask;
    const Replay replay = ReplayRun(run.reports, 20000, unknown, TrainedPredictor());
    EXPECT_TRUE(replay.forecasts.at(0).is_unfamiliar);
    if (replay.grok_step) {
      EXPECT_FALSE(replay.abandon_step.has_value()) << run.run.run_id;
    }
  }
}

TEST(ForecasterTest, PlansItsStopAtTwiceTheMemorisationStep) {
  const RecordedRun run = GrokkingRuns()[10];
  const Replay replay = ReplayRun(run.reports, 20000, run.run.spec, TrainedPredictor());
  ASSERT_TRUE(replay.planned.has_value());
  EXPECT_EQ(replay.planned->announced_at, 120);
  ASSERT_TRUE(replay.planned->stop_step.has_value());
  EXPECT_GT(*replay.planned->stop_step, *replay.grok_step);
}

TEST(ForecasterTest, AnnouncesAndReachesThePlannedStopOnce) {
  const RecordedRun run = GrokkingRuns()[10];
  Forecaster forecaster(TrainedPredictor(), run.run.spec, 20000);
  int announced = 0;
  int reached = 0;
  for (const StepReport& report : run.reports) {
    const Forecaster::Update update = forecaster.Observe(report);
    announced += update.is_planned ? 1 : 0;
    reached += update.is_planned_stop ? 1 : 0;
  }
  EXPECT_EQ(announced, 1);
  EXPECT_EQ(reached, 1);
}

}  // namespace
}  // namespace powerdown
