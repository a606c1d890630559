#include "client/model/explored_runs.h"

#include <gmock/gmock.h>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

AppModel ThreeRuns() {
  std::vector<Run> runs(3, SampleRun());
  for (int i = 0; i < 3; ++i) {
    runs[i].run_id = "r" + std::to_string(i);
    runs[i].created_at += absl::Seconds(i);
    runs[i].grok_step = 700 - 100 * i;
  }
  runs[1].grok_step.reset();
  runs[2].tags = {"paper"};
  runs[2].notes = "a \"good\" one, kept";
  runs[2].hardware = "Apple M2";
  AppModel model;
  model.Apply(RunsChanged{runs, true});
  return model;
}

TEST(ExploredRunsTest, EveryWordOfTheSearchMustOccur) {
  const AppModel model = ThreeRuns();
  EXPECT_EQ(ExploredRunsOf(model, "").size(), 3u);
  EXPECT_EQ(ExploredRunsOf(model, "APPLE tag:paper").size(), 1u);
  EXPECT_EQ(ExploredRunsOf(model, "apple epyc").size(), 0u);
}

TEST(ExploredRunsTest, RunsWithoutAValueComeLastEitherWay) {
  const AppModel model = ThreeRuns();
  std::vector<ExploredRun> runs = ExploredRunsOf(model, "");
  for (const bool is_descending : {false, true}) {
    SortBy(QuantityNamed("grok_step"), is_descending, runs);
    EXPECT_EQ(runs.back().run->run_id, "r1");
    EXPECT_EQ(runs.front().run->run_id, is_descending ? "r0" : "r2");
  }
}

TEST(ExploredRunsTest, SavedShareIsTheComparisons) {
  AppModel model;
  model.Apply(RunsChanged{{SampleRun()}, true});
  model.Apply(ComparisonChanged{SampleComparison(), false});
  const std::vector<ExploredRun> runs = ExploredRunsOf(model, "");
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_DOUBLE_EQ(runs[0].saved_share.value(), 0.455);
}

TEST(ExploredRunsTest, ForecastMadeAfterTheGrokPredictsNothing) {
  powerdown::Run run = SampleRun();
  run.forecast = Forecast{.made_at_step = 300, .grok_step = 690};
  const RunQuantity& predicted = QuantityNamed("predicted_grok_step");
  EXPECT_EQ(predicted.value({&run, std::nullopt}), 690);
  run.forecast->made_at_step = *run.grok_step;
  EXPECT_EQ(predicted.value({&run, std::nullopt}), std::nullopt);
}

TEST(ExploredRunsTest, CsvQuotesTextAndLeavesUnknownsEmpty) {
  const AppModel model = ThreeRuns();
  const std::string csv = ExploredCsv(ExploredRunsOf(model, ""));
  EXPECT_THAT(csv, HasSubstr("\"a \"\"good\"\" one, kept\""));
  EXPECT_THAT(csv, HasSubstr("Apple M2,paper,"));
  EXPECT_THAT(csv, HasSubstr(",,,140,1450,217.5,"));
}

}  // namespace
}  // namespace powerdown
