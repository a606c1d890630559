#include "client/cli/terminal/chart.h"

#include <gtest/gtest.h>

#include "common/base/text.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

constexpr ChartFrame kSmall = {.last_step = 1450, .columns = 58, .rows = 4, .stop_step = 790};

TEST(ChartTest, ValidationIsAFilledAreaThatIsShadedAfterTheStop) {
  const RunTrace trace = SampleTrace();
  const auto lines =
      AccuracyChart(trace, kSmall, {{'M', 140}, {'G', 720}, {'S', 790}}, Style(false));
  EXPECT_EQ(Join(lines, "\n"),
            "100% ┤     ••••••••••••••••••••▃▅▆▇▇██░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
            " 50% ┤   ••                  ▄▇███████░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
            "     │  •                  ▃▆█████████░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
            "     │▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▃▄▆███████████░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
            "  0% └─────M──────────────────────G──S──────────────────────────\n"
            "      0                                              1,450 steps")
      << Join(lines, "\n");
}

TEST(ChartTest, EveryRowHasTheSameWidth) {
  const RunTrace trace = SampleTrace();
  for (const std::string& line : AccuracyChart(trace, kSmall, {}, Style(true))) {
    EXPECT_EQ(DisplayWidth(line), kAxisWidth + kSmall.columns) << line;
  }
}

TEST(ChartTest, DipWithinAColumnIsNotLost) {
  RunTrace trace;
  for (int64_t step = 0; step <= 1000; ++step) {
    StepReport report = SampleReport(step, step + 1);
    report.evaluation.train_accuracy = 0;
    report.evaluation.validation_accuracy = step == 503 ? 0 : 1;
    trace.Apply(report);
  }
  const auto lines =
      AccuracyChart(trace, {.last_step = 1000, .columns = 10, .rows = 1}, {}, Style(false));
  EXPECT_EQ(lines[0], "100% ┤█████•████");
}

TEST(ChartTest, NothingIsDrawnBeyondTheLastStep) {
  const RunTrace trace = SampleTrace(100);
  const auto lines =
      AccuracyChart(trace, {.last_step = 1000, .columns = 20, .rows = 1}, {}, Style(false));
  EXPECT_EQ(lines[0].substr(lines[0].size() - 17), std::string(17, ' '));
}

TEST(ChartTest, PowerLineIsEmptyWhereNoneIsKnown) {
  RunTrace trace;
  StepReport report = SampleReport(10, 1);
  report.power.reset();
  trace.Apply(report);
  EXPECT_EQ(PowerLine(trace.series(Metric::kPower), kSmall, Style(false)), "");
  EXPECT_EQ(DisplayWidth(PowerLine(SampleTrace().series(Metric::kPower), kSmall, Style(false))),
            58);
}

TEST(ChartTest, BarsGrowByEighths) {
  EXPECT_EQ(Bar(0, 4), "");
  EXPECT_EQ(Bar(0.5, 4), "██");
  EXPECT_EQ(Bar(0.28, 4), "█▏");
  EXPECT_EQ(Bar(7, 2), "██");
}

TEST(ChartTest, AxisEndsAreRound) {
  EXPECT_EQ(RoundAxisEnd(1), 10);
  EXPECT_EQ(RoundAxisEnd(11), 15);
  EXPECT_EQ(RoundAxisEnd(1600), 2000);
  EXPECT_EQ(RoundAxisEnd(100000), 100000);
}

}  // namespace
}  // namespace powerdown
