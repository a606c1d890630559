#include "client/report/drawings.h"

#include <gmock/gmock.h>

#include <regex>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Every x and y of a drawing.
std::vector<double> NumbersOf(const std::string& svg, const std::string& attribute) {
  std::vector<double> numbers;
  const std::regex pattern(" " + attribute + "=\"([-0-9.]+)\"");
  for (std::sregex_iterator found(svg.begin(), svg.end(), pattern), end; found != end; ++found) {
    numbers.push_back(std::stod((*found)[1]));
  }
  return numbers;
}

DrawnChart SampleChart(const RunTrace& trace) {
  return {.title = "accuracy",
          .curves = {{&trace.series(Metric::kTrainAccuracy), "train", "training"},
                     {&trace.series(Metric::kValidationAccuracy), "validation", "held out"}},
          .marks = {{"memorised", 140}, {"grokked", 720}, {"stopped", 790}},
          .last_step = trace.last_step(),
          .waste_from = 790};
}

TEST(DrawingsTest, AChartHasItsCurvesMarksAndTheWaste) {
  const RunTrace trace = SampleTrace();
  const std::string svg = ChartSvg(SampleChart(trace));
  for (const char* told : {"memorised 140", "grokked 720", "stopped 790", "class=\"after\"",
                           "curve validation", "curve train", "1,450 steps", "100%"}) {
    EXPECT_THAT(svg, HasSubstr(told)) << told;
  }
}

TEST(DrawingsTest, NothingIsDrawnOutsideThePicture) {
  const RunTrace trace = SampleTrace();
  DrawnChart chart = SampleChart(trace);
  chart.marks = {{"memorised", 0}, {"grokked", 1}, {"stopped", 1449}, {"predicted", 1450}};
  const std::string svg = ChartSvg(chart);
  for (const double x : NumbersOf(svg, "x")) {
    EXPECT_GE(x, 0);
    EXPECT_LE(x, 920);
  }
  for (const double y : NumbersOf(svg, "y")) {
    EXPECT_GE(y, 0);
    EXPECT_LE(y, 240);
  }
}

TEST(DrawingsTest, AForecastBeyondTheLastStepIsNoMark) {
  const RunTrace trace = SampleTrace();
  DrawnChart chart = SampleChart(trace);
  chart.marks.push_back({"predicted", 1451});
  EXPECT_THAT(ChartSvg(chart), Not(HasSubstr("predicted")));
}

TEST(DrawingsTest, BillsShowTheirBandsAndWhatIsNotKnownIsLeftOut) {
  const Comparison comparison = SampleComparison();
  const RunTrace trace = SampleTrace();
  const std::string svg = BillsSvg(BillsOf(comparison, trace, nullptr));
  EXPECT_THAT(svg, HasSubstr("class=\"band\""));
  EXPECT_THAT(svg, HasSubstr("60.4 mWh"));
  EXPECT_THAT(svg, HasSubstr("27.5 mWh"));
  EXPECT_EQ(BillsSvg(Bills()), "");
}

TEST(DrawingsTest, AForecastIsDrawnBesideWhatCame) {
  Forecast forecast;
  forecast.grok_step = 655;
  forecast.bands = {{0.8, 510, std::nullopt}};
  const std::string svg = ForecastSvg(forecast, 720, 1450);
  EXPECT_THAT(svg, HasSubstr("predicted 655"));
  EXPECT_THAT(svg, HasSubstr("grokked 720"));
  EXPECT_THAT(ForecastSvg(forecast, std::nullopt, 1450), Not(HasSubstr("grokked")));
  forecast.grok_step.reset();
  EXPECT_EQ(ForecastSvg(forecast, 720, 1450), "");
}

TEST(DrawingsTest, EveryCellOfTheAnswersIsDrawnOnce) {
  AnswerGrid grid;
  grid.symbols = 3;
  grid.answers = {0, 1, 2, 0, 1, 2, 0, 1, 2};
  grid.expected = {0, 1, 2, 9, 9, 9, 0, 1, 2};
  grid.origins.assign(9, AnswerGrid::Origin::kHeldOut);
  grid.origins[8] = AnswerGrid::Origin::kNone;
  grid.confidences.assign(9, 255);
  const std::string svg = AnswersSvg(grid);
  int64_t cells = 0;
  const std::regex piece("h([0-9]+)v1");
  for (std::sregex_iterator found(svg.begin(), svg.end(), piece), end; found != end; ++found) {
    cells += std::stoi((*found)[1]);
  }
  EXPECT_EQ(cells, 9);
  for (const char* kind : {"class=\"right\"", "class=\"wrong\"", "class=\"none\""}) {
    EXPECT_THAT(svg, HasSubstr(kind));
  }
}

}  // namespace
}  // namespace powerdown
