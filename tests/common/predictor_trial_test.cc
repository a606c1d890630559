#include "common/predictor_trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

TEST(PredictorTrialTest, ForecastsRunsThatItDidNotLearnFrom) {
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

TEST(PredictorTrialTest, AsksEveryRunWithTheLongestBudgetToo) {
  std::vector<RecordedRun> runs = GrokkingRuns();
  int64_t longest = 0;
  for (const RecordedRun& run : runs) {
    longest = std::max({longest, run.run.max_steps, run.reports.back().evaluation.step});
  }
  runs.front().run.max_steps = 3 * longest;
  const auto trials = TryPredictor(GrokkingRuns(), runs);
  ASSERT_TRUE(trials.ok()) << trials.status();
  for (const PredictorTrial& trial : *trials) {
    EXPECT_EQ(trial.longest_budget, 3 * longest);
    ASSERT_EQ(trial.of_longest.size(), trial.replay.forecasts.size());
    if (!trial.of_longest.front().grok_step) continue;
    EXPECT_GE(*trial.of_longest.front().grok_step, *trial.replay.forecasts.front().grok_step);
  }
}

TEST(PredictorTrialTest, LeavesEachRunOutOnce) {
  const std::vector<RecordedRun> runs = GrokkingRuns();
  const auto trials = TryWithRunsLeftOut(runs);
  ASSERT_TRUE(trials.ok()) << trials.status();
  std::set<const RecordedRun*> tried;
  for (const PredictorTrial& trial : *trials) tried.insert(trial.recorded);
  EXPECT_EQ(trials->size(), runs.size());
  EXPECT_EQ(tried.size(), runs.size());
}

}  // namespace
}  // namespace powerdown
