#include "common/study/run_summarizer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/run/energy_curve.h"
#include "common/study/replay.h"
#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

// One report at a time gives what the whole curve gives.
RC_GTEST_PROP(RunSummarizerTest, EnergyAtAStepIsThatOfTheCurve, ()) {
  std::vector<StepReport> reports;
  int64_t step = *rc::gen::inRange(0, 5);
  double joules = 0;
  const int count = *rc::gen::inRange(0, 8);
  for (int i = 0; i < count; ++i) {
    StepReport& report = reports.emplace_back();
    report.evaluation.step = step;
    if (*rc::gen::arbitrary<bool>()) report.energy = Joules(joules);
    step += *rc::gen::inRange(1, 10);
    joules += *rc::gen::inRange(0, 100) * 0.1;
  }
  const int64_t wanted = *rc::gen::inRange(0, 60);
  EnergyAtStep at(wanted);
  for (const StepReport& report : reports) at.Observe(report);
  const SeriesPyramid curve = EnergyCurve(reports);
  RC_ASSERT(at.energy() == EnergyAt(curve, wanted));
  RC_ASSERT(at.CarriedOn() == EnergyCarriedOn(curve, wanted));
}

TEST(RunSummarizerTest, SaysWhatAReplayOfTheReportsSays) {
  int grokked = 0;
  for (RecordedRun recorded : GrokkingRuns()) {
    const int64_t last = recorded.reports.back().evaluation.step;
    const Replay replay = ReplayRun(recorded.reports, last);
    recorded.run.grok_step = replay.grok_step;
    recorded.run.stop = StopOutcome{.step = last * 2};
    const RunOverview overview = OverviewOf(recorded.run, recorded.reports, nullptr);
    ASSERT_TRUE(overview.summary.has_value());
    const RunSummary& summary = *overview.summary;
    EXPECT_EQ(summary.rule_grok_step, replay.grok_step);
    EXPECT_EQ(summary.rule_stop_step, replay.stop_step);
    EXPECT_FALSE(summary.abandon_step.has_value());
    EXPECT_EQ(summary.reports, static_cast<int64_t>(recorded.reports.size()));
    EXPECT_EQ(summary.last_step, last);
    EXPECT_EQ(summary.metered_step, last);
    const SeriesPyramid curve = EnergyCurve(recorded.reports);
    EXPECT_EQ(summary.metered, EnergyAtEnd(curve));
    EXPECT_EQ(summary.stop, EnergyCarriedOn(curve, last * 2));
    if (!replay.grok_step) continue;
    ++grokked;
    EXPECT_EQ(summary.grok, EnergyAt(curve, *replay.grok_step));
    EXPECT_EQ(summary.rule_grok, summary.grok);
  }
  EXPECT_EQ(grokked, 45);
}

// Steps that turn out to matter later have the energy of their place in the curve, also where their
// own report has none.
TEST(RunSummarizerTest, EnergyIsThatOfTheCurveAtEveryStepThatMatters) {
  int stopped = 0;
  for (RecordedRun recorded : GrokkingRuns()) {
    for (size_t i = 0; i < recorded.reports.size(); ++i) {
      if (i % 3 != 0) recorded.reports[i].energy.reset();
    }
    const RunSummary summary = *OverviewOf(recorded.run, recorded.reports, nullptr).summary;
    const SeriesPyramid curve = EnergyCurve(recorded.reports);
    if (summary.rule_grok_step) {
      EXPECT_EQ(summary.rule_grok, EnergyAt(curve, *summary.rule_grok_step));
    }
    if (!summary.rule_stop_step) continue;
    EXPECT_EQ(summary.rule_stop, EnergyAt(curve, *summary.rule_stop_step));
    ++stopped;
  }
  EXPECT_GT(stopped, 20);
}

TEST(RunSummarizerTest, ARunWithoutReportsHasASummaryToo) {
  powerdown::Run run;
  run.run_id = "01a";
  run.spec.task = "addition";
  const RunOverview overview = OverviewOf(run, {}, nullptr);
  EXPECT_EQ(overview.run_id, "01a");
  EXPECT_EQ(overview.summary->reports, 0);
  EXPECT_EQ(overview.summary->task, "addition");
  EXPECT_FALSE(overview.summary->metered.has_value());
}

}  // namespace
}  // namespace powerdown
