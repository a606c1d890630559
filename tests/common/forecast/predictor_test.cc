#include "common/forecast/predictor.h"

#include <gtest/gtest.h>

#include "common/task/task.h"
#include "tests/fakes/trained_predictor.h"

namespace powerdown {
namespace {

const Predictor& Trained() {
  return *TrainedPredictor();
}

GrokFeatures FeaturesUntil(const RecordedRun& recorded, int64_t step) {
  GrokFeatures features(SpecFeatures(recorded.run.spec));
  for (const StepReport& report : recorded.reports) {
    if (report.evaluation.step <= step) features.Observe(report);
  }
  return features;
}

TEST(PredictorTest, IsReadBackFromItsJson) {
  const auto read = Predictor::FromJson(Trained().ToJson());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->hash(), Trained().hash());
  const RecordedRun run = GrokkingRuns()[3];
  EXPECT_EQ(read->During(FeaturesUntil(run, 300), 20000),
            Trained().During(FeaturesUntil(run, 300), 20000));
}

TEST(PredictorTest, RefusesOtherWeights) {
  EXPECT_FALSE(Predictor::FromJson("[]").ok());
  std::string other = Trained().ToJson();
  other.replace(other.find("log_learning_rate"), 3, "gol");
  EXPECT_TRUE(absl::IsFailedPrecondition(Predictor::FromJson(other).status()));
}

TEST(PredictorTest, IntervalsAreNestedAndHoldTheForecast) {
  const Forecast forecast = Trained().During(FeaturesUntil(GrokkingRuns()[8], 400), 1 << 30);
  ASSERT_EQ(forecast.bands.size(), 3u);
  EXPECT_LE(forecast.bands[2].low_step, forecast.bands[1].low_step);
  EXPECT_LE(forecast.bands[1].low_step, *forecast.grok_step);
  EXPECT_GE(*forecast.bands[1].high_step, *forecast.grok_step);
  EXPECT_GE(*forecast.bands[2].high_step, *forecast.bands[1].high_step);
}

TEST(PredictorTest, UpperEndBeyondTheStepLimitIsAbsent) {
  const Forecast forecast = Trained().During(FeaturesUntil(GrokkingRuns()[2], 100), 200);
  ASSERT_FALSE(forecast.bands.empty());
  EXPECT_FALSE(forecast.bands.back().high_step.has_value());
}

TEST(PredictorTest, KnowsTheGrokStepOnceItHasGrokked) {
  const RecordedRun run = GrokkingRuns()[12];
  const GrokFeatures features = FeaturesUntil(run, 20000);
  const Forecast forecast = Trained().During(features, 20000);
  EXPECT_EQ(forecast.grok_step, features.tracker().grok_step());
  EXPECT_DOUBLE_EQ(*forecast.will_grok_probability, 1);
}

TEST(PredictorTest, SaysUnfamiliarOfWhatItNeverSaw) {
  RunSpec strange = GrokkingRuns()[3].run.spec;
  strange.layers = 4;
  strange.initial_scale = 50;
  const Forecast forecast = Trained().Before(SpecFeatures(strange), 20000);
  EXPECT_TRUE(forecast.is_unfamiliar);
  EXPECT_FALSE(forecast.grok_step.has_value());
  EXPECT_TRUE(forecast.bands.empty());
}

RunSpec Unknown() {
  RunSpec spec;
  spec.task = kUnknownTask;
  return spec;
}

// As of a log from elsewhere: steps and accuracies, nothing else.
GrokFeatures BareFeaturesUntil(const RecordedRun& recorded, int64_t step) {
  GrokFeatures features(SpecFeatures(Unknown()));
  for (const StepReport& report : recorded.reports) {
    const Evaluation& evaluation = report.evaluation;
    StepReport bare;
    bare.evaluation = {evaluation.step, std::nan(""), evaluation.train_accuracy, std::nan(""),
                       evaluation.validation_accuracy};
    bare.weight_norm = bare.gradient_norm = bare.activation_sparsity = std::nan("");
    if (evaluation.step <= step) features.Observe(bare);
  }
  return features;
}

TEST(PredictorTest, ForecastsFromAccuraciesAlone) {
  const Forecast forecast = Trained().During(BareFeaturesUntil(GrokkingRuns()[5], 300), 20000);
  EXPECT_TRUE(forecast.grok_step.has_value());
  EXPECT_GT(*forecast.grok_step, 300);
}

TEST(PredictorTest, IsUnfamiliarBeforeARunOfAnUnknownSpec) {
  const Forecast forecast = Trained().BeforeRun(Unknown(), 20000);
  EXPECT_TRUE(forecast.is_unfamiliar);
  EXPECT_FALSE(forecast.will_grok_probability.has_value());
}

// Nothing but the task tells random labels from a rule before the end of the run.
TEST(PredictorTest, RandomLabelsNeverGrok) {
  RunSpec spec = GrokkingRuns()[3].run.spec;
  spec.task = kRandomLabels;
  const Forecast forecast = Trained().BeforeRun(spec, 20000);
  EXPECT_FALSE(forecast.is_unfamiliar);
  EXPECT_FALSE(forecast.grok_step.has_value());
  EXPECT_EQ(forecast.will_grok_probability, 0);
  EXPECT_TRUE(forecast.bands.empty());
  EXPECT_EQ(ForecastMessage(forecast), "will never grok: random labels follow no rule");
}

}  // namespace
}  // namespace powerdown
