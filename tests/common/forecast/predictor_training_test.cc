#include "common/forecast/predictor_training.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "tests/fakes/trained_predictor.h"

namespace powerdown {
namespace {

TEST(MakeTrainingRunTest, LooksAtLandmarksBeforeTheGrokOnly) {
  const TrainingRun run = GrokkingExamples()[5];
  ASSERT_TRUE(run.grok_step.has_value());
  ASSERT_GE(run.landmarks.size(), 5u);
  EXPECT_EQ(run.landmarks.front().step, 50);
  EXPECT_LT(run.landmarks.back().step, *run.grok_step);
  EXPECT_EQ(run.landmarks.front().features.size(), RunFeatureNames().size());
}

TEST(TrainPredictorTest, LearnsTheLawOfTheRuns) {
  const Predictor& predictor = *TrainedPredictor();
  RunSpec spec = GrokkingRuns()[7].run.spec;
  const Forecast forecast = predictor.Before(SpecFeatures(spec), spec.max_steps);
  ASSERT_TRUE(forecast.grok_step.has_value());
  EXPECT_NEAR(std::log10(*forecast.grok_step), std::log10(1500 / spec.weight_decay), 0.25);
  EXPECT_GT(*forecast.will_grok_probability, 0.7);
  EXPECT_EQ(forecast.leans_on.size(), 3u);
}

// Two compilers round differently, so the file is compared by what it forecasts. To make it anew:
// POWERDOWN_WRITE_DATA=1 common_test --gtest_filter=TrainPredictorTest.SameRuns*
TEST(TrainPredictorTest, SameRunsGiveTheSameWeights) {
  const std::vector<TrainingRun> runs = GrokkingExamples();
  const Predictor one(*TrainPredictor(runs));
  const Predictor two(*TrainPredictor(runs));
  EXPECT_EQ(one.hash(), two.hash());
  EXPECT_EQ(one.weights().trained_on, TrainingHash(runs));
  if (std::getenv("POWERDOWN_WRITE_DATA") != nullptr) {
    std::ofstream(kTrainedPredictorFile) << one.ToJson();
  }
  const RunSpec spec = GrokkingRuns()[7].run.spec;
  const Forecast trained = one.Before(SpecFeatures(spec), spec.max_steps);
  const Forecast stored = TrainedPredictor()->Before(SpecFeatures(spec), spec.max_steps);
  EXPECT_NEAR(static_cast<double>(*stored.grok_step) / static_cast<double>(*trained.grok_step), 1,
              0.01);
  EXPECT_NEAR(*stored.will_grok_probability, *trained.will_grok_probability, 0.01);
  EXPECT_EQ(stored.leans_on, trained.leans_on);
}

TEST(TrainPredictorTest, RefusesTooFewRuns) {
  std::vector<TrainingRun> runs = GrokkingExamples();
  runs.resize(12);
  EXPECT_TRUE(absl::IsInvalidArgument(TrainPredictor(runs).status()));
}

TEST(OperationFoldsTest, EveryOperationIsInOneFold) {
  const auto folds = OperationFolds(GrokkingExamples(), 3);
  EXPECT_EQ(folds.size(), 3u);
  size_t operations = 0;
  for (const auto& fold : folds) operations += fold.size();
  EXPECT_EQ(operations, 4u);
}

}  // namespace
}  // namespace powerdown
