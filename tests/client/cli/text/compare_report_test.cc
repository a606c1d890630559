#include "client/cli/text/compare_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/sample_runs.h"
#include "tests/support/screens.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ReportOf(const Comparison& comparison) {
  return CompareReport(comparison, Style(false));
}

TEST(CompareReportTest, ShowsBothBillsAndWhatIsSaved) {
  const std::string text = ReportOf(SampleComparison());
  EXPECT_THAT(text, HasSubstr("1,450"));
  EXPECT_THAT(text, HasSubstr("60.4 mWh"));
  EXPECT_THAT(text, AllOf(HasSubstr("27.5 mWh"), HasSubstr("45.5%")));
  EXPECT_THAT(text, HasSubstr("-0.23 points"));
  EXPECT_THAT(text, HasSubstr("estimate ±40%"));
}

TEST(CompareReportTest, SaysWhyTheObviousRuleFails) {
  EXPECT_THAT(ReportOf(SampleComparison()),
              AllOf(HasSubstr("patience-10"), HasSubstr("step 230"), HasSubstr("3.4%")));
}

TEST(CompareReportTest, ShowsTheScheduleWithItsSourceAndTheOthers) {
  const std::string text = ReportOf(SampleComparison());
  EXPECT_THAT(text, HasSubstr("twice the median grok step 725"));
  EXPECT_THAT(text, AllOf(HasSubstr("prototype"), HasSubstr("16.9%")));
  EXPECT_THAT(text, AllOf(HasSubstr("literature"), HasSubstr("same energy per step assumed")));
}

TEST(CompareReportTest, FleetGoesFromAThousandToAMillionRuns) {
  const std::string text = ReportOf(SampleComparison());
  EXPECT_THAT(text, AllOf(HasSubstr("1,000 "), HasSubstr("1,000,000 "), HasSubstr("27.5 kWh")));
  EXPECT_THAT(text, HasSubstr("phone charges"));
  EXPECT_THAT(text, Not(HasSubstr(" 0.00 ")));
}

TEST(CompareReportTest, FactorsAreNamedWithSourceYearAndDefault) {
  const std::string text = ReportOf(SampleComparison());
  EXPECT_THAT(text,
              AllOf(HasSubstr("472.9 g CO2/kWh"), HasSubstr("Ember 2024"), HasSubstr("default")));
  EXPECT_THAT(text, HasSubstr("EPA"));
}

TEST(CompareReportTest, LinesFitEightyColumns) {
  const std::string text = ReportOf(SampleComparison());
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    EXPECT_LE(DisplayWidth(text.substr(start, end - start)), 80) << text.substr(start, end - start);
    start = end + 1;
  }
}

TEST(CompareReportTest, RunThatWasNotStoppedClaimsNoSaving) {
  Comparison comparison = SampleComparison();
  comparison.usual.stop.reset();
  comparison.stopped = comparison.usual;
  comparison.saved.reset();
  comparison.fleet.clear();
  const std::string text = ReportOf(comparison);
  EXPECT_THAT(text, HasSubstr("did not stop this run"));
  EXPECT_THAT(text, Not(HasSubstr("phone charges  ")));
}

TEST(CompareReportTest, UnknownEnergyIsSaidNotZero) {
  Comparison comparison = SampleComparison();
  for (powerdown::Run* run : {&comparison.usual, &comparison.stopped}) {
    run->energy.reset();
    run->co2.reset();
    run->cost.reset();
  }
  comparison.saved.reset();
  comparison.fleet.clear();
  EXPECT_THAT(ReportOf(comparison), AllOf(HasSubstr("not known yet"), Not(HasSubstr("0 Wh"))));
}

TEST(CompareReportTest, DifferingWeightsOfAParallelComparisonAreNotHidden) {
  Comparison comparison = SampleComparison();
  comparison.mode = ComparisonMode::kParallel;
  EXPECT_THAT(ReportOf(comparison), HasSubstr("same weights, bit for bit"));
  comparison.identical_prefix = false;
  EXPECT_THAT(ReportOf(comparison), HasSubstr("DIFFER"));
}

TEST(CompareReportTest, ResultsAndListsOnThreeTerminals) {
  Comparison comparison = SampleComparison();
  comparison.usual.short_id = "128";
  Comparison running = SampleComparison();
  running.usual.short_id = "100129";
  running.has_ended = false;
  running.saved.reset();
  running.usual.state = RunState::kRunning;
  comparison.created_at = running.created_at = absl::FromUnixSeconds(1'700'000'000);
  for (const ScreenSize size : ScreenSizes()) {
    const Style style(false, size.columns);
    const std::string list =
        ComparisonTable({running, comparison}, comparison.created_at + absl::Hours(5), style);
    EXPECT_THAT(list, AllOf(HasSubstr("100129 "), HasSubstr("128 ")));
    ExpectScreen("compare-list", size, list);
    ExpectScreen("compare-details", size, CompareReport(comparison, style));
    ExpectScreen("fleet", size, FleetReport(comparison.fleet, comparison.usual.factors, style));
  }
}

}  // namespace
}  // namespace powerdown
