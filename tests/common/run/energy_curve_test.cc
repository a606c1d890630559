#include "common/run/energy_curve.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

StepReport ReportOf(int64_t step, std::optional<double> joules) {
  StepReport report;
  report.evaluation.step = step;
  if (joules) report.energy = Joules(*joules);
  return report;
}

TEST(EnergyCurveTest, BetweenReportsIsInProportionToTheSteps) {
  const SeriesPyramid curve = EnergyCurve({ReportOf(10, 5), ReportOf(20, 25)});
  EXPECT_EQ(EnergyAt(curve, 10), Joules(5));
  EXPECT_EQ(EnergyAt(curve, 15), Joules(15));
  EXPECT_EQ(EnergyAt(curve, 20), Joules(25));
  EXPECT_EQ(EnergyAtEnd(curve), Joules(25));
}

TEST(EnergyCurveTest, StartsFromNothingAtStepZero) {
  const SeriesPyramid curve = EnergyCurve({ReportOf(10, 5)});
  EXPECT_EQ(EnergyAt(curve, 0), Joules(0));
  EXPECT_EQ(EnergyAt(curve, 4), Joules(2));
}

TEST(EnergyCurveTest, BeyondTheLastReportOnlyCarriedOn) {
  const SeriesPyramid curve = EnergyCurve({ReportOf(0, 1), ReportOf(10, 5), ReportOf(20, 24)});
  EXPECT_EQ(EnergyAt(curve, 21), std::nullopt);
  EXPECT_EQ(EnergyCarriedOn(curve, 40), Joules(48));
  EXPECT_EQ(EnergyCarriedOn(curve, 10), Joules(5));
  EXPECT_EQ(EnergyCarriedOn(EnergyCurve({ReportOf(0, 1)}), 10), std::nullopt);
}

TEST(EnergyCurveTest, ReportsWithoutEnergyArePassedOver) {
  const SeriesPyramid curve =
      EnergyCurve({ReportOf(0, 0), ReportOf(10, std::nullopt), ReportOf(20, 8)});
  EXPECT_EQ(EnergyAt(curve, 10), Joules(4));
  const SeriesPyramid unknown = EnergyCurve({ReportOf(0, std::nullopt)});
  EXPECT_EQ(EnergyAt(unknown, 0), std::nullopt);
  EXPECT_EQ(EnergyAtEnd(unknown), std::nullopt);
  EXPECT_EQ(EnergyCarriedOn(unknown, 5), std::nullopt);
}

TEST(EnergyCurveTest, LongRunKeepsEveryReport) {
  std::vector<StepReport> reports;
  for (int64_t step = 0; step < 40000; ++step) {
    reports.push_back(ReportOf(step, static_cast<double>(step * step)));
  }
  const SeriesPyramid curve = EnergyCurve(reports);
  EXPECT_EQ(curve.points_per_bucket(), 1);
  EXPECT_EQ(EnergyAt(curve, 12345), Joules(12345.0 * 12345.0));
}

}  // namespace
}  // namespace powerdown
