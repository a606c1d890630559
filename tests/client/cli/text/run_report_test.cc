#include "client/cli/text/run_report.h"
#include "common/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/screens.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

ReportedRun Reported(const std::string& task, std::optional<int64_t> grok_step, double joules,
                     std::optional<double> at_grok) {
  ReportedRun reported;
  reported.run.spec.task = task;
  reported.run.hardware = "a box";
  reported.run.steps = 1000;
  reported.run.memorised_step = 50;
  reported.run.grok_step = grok_step;
  reported.run.energy = EnergyFigure{.gross = Joules(joules)};
  if (at_grok) reported.energy_at_grok = Joules(*at_grok);
  return reported;
}

TEST(RunReportTest, GroupsByTaskWithMedianAndRange) {
  const std::vector<RunGroup> groups =
      GroupRuns({Reported("subtraction", 900, 4, 3), Reported("addition", 700, 10, 7),
                 Reported("addition", 500, 10, 5), Reported("addition", 600, 10, 6)});
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].task, "addition");
  EXPECT_EQ(groups[0].runs, 3);
  EXPECT_EQ(groups[0].grok_step->lowest, 500);
  EXPECT_EQ(groups[0].grok_step->median, 600);
  EXPECT_EQ(groups[0].grok_step->highest, 700);
  EXPECT_EQ(groups[0].energy, Joules(30));
  EXPECT_DOUBLE_EQ(*groups[0].share_after_grok, 0.4);
}

TEST(RunReportTest, RunsThatDidNotGrokCountButHaveNoShare) {
  const std::vector<RunGroup> groups =
      GroupRuns({Reported("addition", 700, 10, 7), Reported("addition", std::nullopt, 90, {}),
                 Reported("addition", 800, 10, {})});
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].runs, 3);
  EXPECT_EQ(groups[0].grokked_runs, 2);
  EXPECT_NEAR(*groups[0].share_after_grok, 0.3, 1e-12);
  EXPECT_EQ(groups[0].energy, Joules(110));
}

TEST(RunReportTest, WhatIsNotKnownIsAbsent) {
  ReportedRun plain = Reported("s5", std::nullopt, 1, {});
  plain.run.energy.reset();
  plain.run.memorised_step.reset();
  const std::vector<RunGroup> groups = GroupRuns({plain});
  ASSERT_THAT(groups, SizeIs(1));
  const std::string json = GroupJson(groups[0]).dump();
  EXPECT_EQ(json, R"({"task":"s5","model":"mlp","hardware":"a box","runs":1,"memorised_runs":0,)"
                  R"("grokked_runs":0})");
}

TEST(RunReportTest, RunsThatWaitAreNotReported) {
  ReportedRun waiting = Reported("addition", std::nullopt, 0, {});
  waiting.run.steps = 0;
  EXPECT_THAT(GroupRuns({waiting}), SizeIs(0));
}

TEST(RunReportTest, TheTableHasALineAGroup) {
  const std::string text = ReportTable(
      GroupRuns({Reported("addition", 700, 3600, 2700), Reported("s5", 90, 1, 1)}), Style(false));
  EXPECT_THAT(text, HasSubstr("grokked at step"));
  EXPECT_THAT(text, HasSubstr("1.00 Wh"));
  EXPECT_THAT(text, HasSubstr("25.0%"));
  EXPECT_THAT(text, Not(HasSubstr("s5            59")));
}

TEST(RunReportTest, GroupsOnThreeTerminals) {
  ReportedRun wide = Reported("(x + y)^2 + 3*x*y", 12345, 1000, 100);
  wide.run.hardware = "Intel(R) Xeon(R) Platinum 8480+ CPU @ 2.00GHz, 112 cores";
  const std::vector<RunGroup> groups =
      GroupRuns({Reported("addition", 700, 10, 7), Reported("s5", std::nullopt, 90, {}), wide});
  for (const ScreenSize size : ScreenSizes()) {
    ExpectScreen("report", size, ReportTable(groups, Style(false, size.columns)));
  }
}

}  // namespace
}  // namespace powerdown
