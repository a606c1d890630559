#include "common/predictor_evaluation.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

std::map<std::string, Figure> Judged(const std::vector<RecordedRun>& runs) {
  const auto trials = TryPredictor(runs, runs);
  EXPECT_TRUE(trials.ok()) << trials.status();
  std::map<std::string, Figure> figures;
  for (const Figure& figure : JudgePredictor(*trials)) figures[figure.name] = figure;
  return figures;
}

TEST(PredictorEvaluationTest, ForecastsOperationsThatWereLeftOut) {
  const auto figures = Judged(GrokkingRuns());
  EXPECT_LT(figures.at("forecast.error_over_landmarks").value, 0.15);
  EXPECT_LT(figures.at("forecast.error_over_landmarks").value,
            figures.at("baseline.constant.error").value);
  EXPECT_GT(figures.at("forecast.concordance").value, 0.75);
  EXPECT_EQ(figures.at("forecast.runs").value, 60);
}

TEST(PredictorEvaluationTest, ForecastsRunsThatItDidNotLearnFrom) {
  std::vector<RecordedRun> unseen;
  for (const RecordedRun& run : GrokkingRuns()) {
    if (run.run.spec.task == "addition") unseen.push_back(run);
  }
  const auto trials = TryPredictor(GrokkingRuns(), unseen);
  ASSERT_TRUE(trials.ok()) << trials.status();
  ASSERT_EQ(trials->size(), unseen.size());
  EXPECT_EQ(trials->front().recorded, &unseen.front());
  EXPECT_FALSE(trials->front().replay.forecasts.empty());
}

TEST(PredictorEvaluationTest, IntervalsWidenWithTheirConfidence) {
  const auto figures = Judged(GrokkingRuns());
  EXPECT_LT(figures.at("forecast.interval_50.width").value,
            figures.at("forecast.interval_80.width").value);
  EXPECT_LE(figures.at("forecast.interval_80.coverage").value,
            figures.at("forecast.interval_95.coverage").value);
}

}  // namespace
}  // namespace powerdown
