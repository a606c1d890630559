#include "client/cli/text/step_cost.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

std::vector<StepReport> Reports() {
  std::vector<StepReport> reports(2);
  reports[0].time = absl::UnixEpoch();
  reports[0].energy = Joules(1);
  reports[1].time = absl::UnixEpoch() + absl::Seconds(2);
  reports[1].evaluation.step = 20;
  reports[1].energy = Joules(5);
  return reports;
}

TEST(StepCostTest, IsWhatTheStepsBetweenTheReportsCost) {
  const auto cost = CostOfSteps(Reports(), powerdown::Run());
  ASSERT_TRUE(cost.has_value());
  EXPECT_EQ(cost->steps, 20);
  EXPECT_DOUBLE_EQ(cost->seconds, 0.1);
  EXPECT_DOUBLE_EQ(cost->energy->value(), 0.2);
}

TEST(StepCostTest, IsNotKnownOfOneReportNorWithoutAMeter) {
  EXPECT_FALSE(CostOfSteps({Reports()[0]}, powerdown::Run()).has_value());
  std::vector<StepReport> unmetered = Reports();
  unmetered[1].energy.reset();
  EXPECT_FALSE(CostOfSteps(unmetered, powerdown::Run())->energy.has_value());
}

TEST(StepRangeTest, IsThe80PercentIntervalOfAForecast) {
  Forecast forecast;
  EXPECT_FALSE(RangeOf(forecast).has_value());
  forecast.grok_step = 100;
  forecast.bands = {{0.5, 90, 110}, {0.8, 70, std::nullopt}};
  const auto range = RangeOf(forecast);
  ASSERT_TRUE(range.has_value());
  EXPECT_DOUBLE_EQ(range->low, 70);
  EXPECT_FALSE(range->high.has_value());
}

}  // namespace
}  // namespace powerdown
