#include "common/study/waste_report.h"

#include <gtest/gtest.h>

#include "common/study/run_summarizer.h"
#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

RunOverview Overview(const RecordedRun& recorded) {
  return OverviewOf(recorded.run, recorded.reports, nullptr);
}

std::vector<WasteRun> Runs() {
  std::vector<WasteRun> runs;
  for (RecordedRun recorded : GrokkingRuns()) {
    recorded.run.origin = "recorded";
    recorded.run.tags = {"grid-a", "tier:easy"};
    if (const auto run = WasteOf(Overview(recorded))) runs.push_back(*run);
  }
  return runs;
}

const WasteGroup& Group(const WasteReport& report, const std::string& name) {
  for (const WasteGroup& group : report.groups) {
    if (group.name == name) return group;
  }
  ADD_FAILURE() << "no group " << name;
  return report.groups.front();
}

TEST(WasteReportTest, MultiplesAreThoseOfEnergyInProportionToSteps) {
  const WasteReport report = ReportWaste(Runs());
  EXPECT_NEAR(*report.multiple_of_24_percent, 1 / (1 - 0.24), 0.01);
  EXPECT_NEAR(*report.multiple_of_57_percent, 1 / (1 - 0.57), 0.01);
}

TEST(WasteReportTest, LongerSchedulesWasteMore) {
  const WasteReport report = ReportWaste(Runs());
  const WasteGroup& all = Group(report, "all");
  ASSERT_EQ(all.shares.size(), 3u);
  EXPECT_LT(all.shares[1].mean, all.shares[0].mean);
  EXPECT_LT(all.shares[0].mean, all.shares[2].mean);
  EXPECT_EQ(all.shares[0].all, 60);
  EXPECT_EQ(all.shares[0].runs, 45);
}

TEST(WasteReportTest, RunsThatNeverGrokHaveNoShare) {
  const WasteReport report = ReportWaste(Runs());
  EXPECT_EQ(Group(report, "task random-labels").shares[0].runs, 0);
  EXPECT_EQ(Group(report, "tier easy").shares[0].all, 60);
  EXPECT_EQ(report.false_stops, 0);
  EXPECT_GT(report.saved_by_stop_joules, 0);
}

TEST(WasteReportTest, RunWithoutEnergyIsLeftOut) {
  RecordedRun recorded = GrokkingRuns().front();
  for (StepReport& report : recorded.reports) report.energy.reset();
  EXPECT_FALSE(WasteOf(Overview(recorded)).has_value());
}

}  // namespace
}  // namespace powerdown
