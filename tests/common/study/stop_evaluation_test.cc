#include "common/study/stop_evaluation.h"

#include <gtest/gtest.h>

#include <map>

#include "common/forecast/stop_rule.h"
#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

std::map<std::string, Figure> Judged(const std::vector<RecordedRun>& runs) {
  std::map<std::string, Figure> figures;
  for (const Figure& figure : EvaluateStops(runs)) figures[figure.name] = figure;
  return figures;
}

TEST(StopEvaluationTest, RuleStopsSoonAndNeverFalsely) {
  const auto figures = Judged(GrokkingRuns());
  EXPECT_EQ(figures.at("stop.false_of_all").value, 0);
  EXPECT_EQ(figures.at("stop.control").value, 0);
  EXPECT_GT(figures.at("stop.captured_total").value, 0.9);
  EXPECT_LT(figures.at("stop.accuracy_lost_worst").value, 1);
}

TEST(StopEvaluationTest, PatienceStopsOnTheFlatPlateau) {
  const auto figures = Judged(GrokkingRuns());
  EXPECT_GT(figures.at("baseline.patience-10.false").value, 20);
  EXPECT_EQ(figures.at("baseline.first-0.99.false").value, 0);
}

TEST(StopEvaluationTest, CountsAStopBeforeTheGrokAsFalse) {
  // Three lucky evaluations, then down, then the real grok.
  RunSpec spec;
  spec.max_steps = 3000;
  RecordedRun lucky = GrokkingRun("lucky", spec, 60, 1000);
  for (StepReport& report : lucky.reports) {
    const int64_t step = report.evaluation.step;
    report.evaluation.validation_accuracy = step >= 200 && step < 230 ? 0.995 : 0.1;
    if (step >= 2000) report.evaluation.validation_accuracy = 1;
  }
  const auto figures = Judged({lucky});
  EXPECT_GE(figures.at("baseline.plain-0.99x3.false").value, 0);
  EXPECT_EQ(figures.at("baseline.first-0.99.captured_mean").value, 1);
}

TEST(EffortTest, IsTheEnergyAndClampedToTheEnd) {
  const SeriesPyramid effort = EffortCurve(GrokkingRun("a", RunSpec(), 60, 500).reports);
  EXPECT_DOUBLE_EQ(EffortAt(effort, 15), 0.15);
  EXPECT_DOUBLE_EQ(EffortAt(effort, 0), 0);
  EXPECT_DOUBLE_EQ(EffortAt(effort, 10000), 100);
}

TEST(EffortTest, IsTheStepsWhereNoEnergyIsKnown) {
  std::vector<StepReport> reports = GrokkingRun("a", RunSpec(), 60, 500).reports;
  for (StepReport& report : reports) report.energy.reset();
  EXPECT_DOUBLE_EQ(EffortAt(EffortCurve(reports), 15), 15);
}

}  // namespace
}  // namespace powerdown
