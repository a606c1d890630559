#include "common/study/predictor_trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

std::vector<RecordedRun> Additions() {
  std::vector<RecordedRun> runs = GrokkingRuns();
  std::erase_if(runs, [](const RecordedRun& run) { return run.run.spec.task != "addition"; });
  return runs;
}

TEST(PredictorTrialTest, ForecastsRunsThatItDidNotLearnFrom) {
  const std::vector<RecordedRun> unseen = Additions();
  const auto trials = TryPredictor(GrokkingRuns(), unseen);
  ASSERT_TRUE(trials.ok()) << trials.status();
  ASSERT_EQ(trials->size(), unseen.size());
  EXPECT_EQ(trials->front().recorded, &unseen.front());
  EXPECT_FALSE(trials->front().replay.forecasts.empty());
}

TEST(PredictorTrialTest, AsksEveryRunWithTheLongestLimitToo) {
  std::vector<RecordedRun> runs = Additions();
  int64_t longest = 0;
  for (const RecordedRun& run : runs) {
    longest = std::max({longest, run.run.max_steps, run.reports.back().evaluation.step});
  }
  runs.front().run.max_steps = 3 * longest;
  const auto trials = TryPredictor(GrokkingRuns(), runs);
  ASSERT_TRUE(trials.ok()) << trials.status();
  for (const PredictorTrial& trial : *trials) {
    EXPECT_EQ(trial.longest_limit, 3 * longest);
    ASSERT_EQ(trial.of_longest.size(), trial.replay.forecasts.size());
    ASSERT_TRUE(trial.of_longest.front().grok_step.has_value());
    EXPECT_GE(*trial.of_longest.front().grok_step, *trial.replay.forecasts.front().grok_step);
  }
}

TEST(PredictorTrialTest, LeavesEachRunOutOnce) {
  std::vector<RecordedRun> runs;  // every other one: enough to learn from, and soon done
  for (size_t i = 0; i < GrokkingRuns().size(); i += 2) runs.push_back(GrokkingRuns()[i]);
  const auto trials = TryWithRunsLeftOut(runs);
  ASSERT_TRUE(trials.ok()) << trials.status();
  std::set<const RecordedRun*> tried;
  for (const PredictorTrial& trial : *trials) tried.insert(trial.recorded);
  EXPECT_EQ(trials->size(), runs.size());
  EXPECT_EQ(tried.size(), runs.size());
}

}  // namespace
}  // namespace powerdown
