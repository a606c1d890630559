#include "common/study/predictor_evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
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

TEST(PredictorEvaluationTest, ForecastsOperationsThatWereLeftOutWithIntervals) {
  const auto figures = Judged(GrokkingRuns());
  EXPECT_LT(figures.at("forecast.error_over_landmarks").value, 0.15);
  EXPECT_LT(figures.at("forecast.error_over_landmarks").value,
            figures.at("baseline.constant.error").value);
  EXPECT_GT(figures.at("forecast.concordance").value, 0.75);
  EXPECT_EQ(figures.at("forecast.runs").value, 60);
  // Intervals widen with their confidence.
  EXPECT_LT(figures.at("forecast.interval_50.width").value,
            figures.at("forecast.interval_80.width").value);
  EXPECT_LE(figures.at("forecast.interval_80.coverage").value,
            figures.at("forecast.interval_95.coverage").value);
}

// A trial as concordance reads it: forecast at step 200, its step limit 10,000.
PredictorTrial TrialOf(int64_t forecast, double will_grok, std::optional<int64_t> grok_step) {
  PredictorTrial trial;
  trial.training.memorised_step = 100;
  trial.training.grok_step = grok_step;
  trial.training.last_step = 4000;
  trial.longest_limit = 10000;
  Forecast& made = trial.of_longest.emplace_back();
  made.made_at_step = 200;
  made.grok_step = forecast;
  made.will_grok_probability = will_grok;
  return trial;
}

TEST(PredictorEvaluationTest, ARunThatWillHardlyGrokIsExpectedLast) {
  const RecordedRun recorded{};
  std::vector<PredictorTrial> trials = {TrialOf(1000, 0.9, 1000), TrialOf(3000, 1, 3000),
                                        TrialOf(800, 0.1, std::nullopt)};
  for (PredictorTrial& trial : trials) {
    trial.recorded = &recorded;
    trial.replay.forecasts = trial.of_longest;
  }
  const auto concordance = [&] {
    for (const Figure& figure : JudgeRunsLeftOut(trials)) {
      if (figure.name == "runs_left_out.concordance") return figure.value;
    }
    return std::nan("");
  };
  EXPECT_DOUBLE_EQ(concordance(), 1);
  trials[2].of_longest[0].will_grok_probability = 0.9;  // now it is expected first
  EXPECT_DOUBLE_EQ(concordance(), 1.0 / 3);
}

TEST(PredictorEvaluationTest, OtherSeedsTellWhatASpecCanTell) {
  std::vector<RecordedRun> recorded(3);
  std::vector<PredictorTrial> trials;
  for (size_t i = 0; i < recorded.size(); ++i) {
    recorded[i].run.spec.seed = static_cast<int64_t>(i);
    recorded[i].run.spec.split_seed = static_cast<int64_t>(i);
    trials.push_back(TrialOf(1000, 1, i == 2 ? 2000 : 1000));
    trials.back().recorded = &recorded[i];
  }
  for (const Figure& figure : JudgeRunsLeftOut(trials)) {
    if (figure.name != "baseline.other_seeds.mape") continue;
    // √(1000 · 2000) for either of two, 1000 for the third.
    EXPECT_NEAR(figure.value, (2 * 41.421 + 50) / 3, 1e-2);
    return;
  }
  FAIL() << "no such figure";
}

}  // namespace
}  // namespace powerdown
