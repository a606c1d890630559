#include <cmath>

#include "common/forecast/predictor_training.h"

#include <gtest/gtest.h>

#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

std::vector<TrainingRun> Examples() {
  std::vector<TrainingRun> runs;
  for (const RecordedRun& recorded : GrokkingRuns()) {
    runs.push_back(MakeTrainingRun(recorded.run, recorded.reports));
  }
  return runs;
}

TEST(MakeTrainingRunTest, LooksAtLandmarksBeforeTheGrokOnly) {
  const TrainingRun run = Examples()[5];
  ASSERT_TRUE(run.grok_step.has_value());
  ASSERT_GE(run.landmarks.size(), 5u);
  EXPECT_EQ(run.landmarks.front().step, 50);
  EXPECT_LT(run.landmarks.back().step, *run.grok_step);
  EXPECT_EQ(run.landmarks.front().features.size(), RunFeatureNames().size());
}

TEST(TrainPredictorTest, LearnsTheLawOfTheRuns) {
  const auto weights = TrainPredictor(Examples());
  ASSERT_TRUE(weights.ok()) << weights.status();
  const Predictor predictor(*weights);
  RunSpec spec = GrokkingRuns()[7].run.spec;
  const Forecast forecast = predictor.Before(SpecFeatures(spec), spec.max_steps);
  ASSERT_TRUE(forecast.grok_step.has_value());
  EXPECT_NEAR(std::log10(*forecast.grok_step), std::log10(1500 / spec.weight_decay), 0.25);
  EXPECT_GT(*forecast.will_grok_probability, 0.7);
  EXPECT_EQ(forecast.leans_on.size(), 3u);
}

TEST(TrainPredictorTest, SameRunsGiveTheSameWeights) {
  const std::vector<TrainingRun> runs = Examples();
  const Predictor one(*TrainPredictor(runs));
  const Predictor two(*TrainPredictor(runs));
  EXPECT_EQ(one.hash(), two.hash());
  EXPECT_EQ(one.weights().trained_on, TrainingHash(runs));
}

TEST(TrainPredictorTest, RefusesTooFewRuns) {
  std::vector<TrainingRun> runs = Examples();
  runs.resize(12);
  EXPECT_TRUE(absl::IsInvalidArgument(TrainPredictor(runs).status()));
}

TEST(OperationFoldsTest, EveryOperationIsInOneFold) {
  const auto folds = OperationFolds(Examples(), 3);
  EXPECT_EQ(folds.size(), 3u);
  size_t operations = 0;
  for (const auto& fold : folds) operations += fold.size();
  EXPECT_EQ(operations, 4u);
}

}  // namespace
}  // namespace powerdown
