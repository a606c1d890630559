#include "common/forecast/grok_features.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>

#include "tests/fakes/grokking_runs.h"

namespace powerdown {
namespace {

double Named(const FeatureVector& values, const std::string& name) {
  const auto& names = RunFeatureNames();
  const auto found = std::find(names.begin(), names.end(), name);
  EXPECT_NE(found, names.end()) << name;
  return values[static_cast<size_t>(found - names.begin())];
}

TEST(GrokFeaturesTest, EveryNameHasAValue) {
  const RecordedRun run = GrokkingRuns()[0];
  EXPECT_EQ(SpecFeatures(run.run.spec).size(), SpecFeatureNames().size());
  GrokFeatures features(SpecFeatures(run.run.spec));
  features.Observe(run.reports[0]);
  EXPECT_EQ(features.Values().size(), RunFeatureNames().size());
}

TEST(GrokFeaturesTest, FollowsTheMilestones) {
  const RecordedRun run = GrokkingRun("a", RunSpec(), 60, 1000);
  GrokFeatures features(SpecFeatures(run.run.spec));
  EXPECT_EQ(features.stage(), Stage::kBefore);
  std::vector<Stage> stages;
  for (const StepReport& report : run.reports) {
    features.Observe(report);
    if (stages.empty() || stages.back() != features.stage()) stages.push_back(features.stage());
  }
  EXPECT_EQ(stages, (std::vector<Stage>{Stage::kEarly, Stage::kFlat, Stage::kRising}));
  EXPECT_DOUBLE_EQ(Named(features.Values(), "log_memorised_step"), std::log10(60));
}

TEST(GrokFeaturesTest, MeasuresHowFastTheNormFalls) {
  GrokFeatures features(SpecFeatures(RunSpec()));
  for (int64_t step = 0; step <= 1000; step += 10) {
    StepReport report = GrokkingReport(step, 60, 0);
    report.weight_norm = 100 / std::sqrt(static_cast<double>(step) + 1);
    features.Observe(report);
  }
  EXPECT_NEAR(Named(features.Values(), "slope_norm"), -0.5, 1e-6);
}

// Issue 17: 10,000,000 reports took 900 MB.
TEST(GrokFeaturesTest, MillionsOfReportsTakeFewMegabytesAndKeepTheirSlopes) {
  const FeatureVector spec = SpecFeatures(RunSpec());
  const auto before = mallinfo2();
  GrokFeatures features(spec);
  for (int64_t step = 0; step <= 1'000'000; ++step) {
    StepReport report = GrokkingReport(step, 60, 0);
    report.weight_norm = 100 / std::sqrt(static_cast<double>(step) + 1);
    features.Observe(report);
  }
  const auto after = mallinfo2();  // of large blocks, which are mapped, and small ones
  EXPECT_LT(after.uordblks + after.hblkhd, before.uordblks + before.hblkhd + (size_t{8} << 20));
  EXPECT_NEAR(Named(features.Values(), "slope_norm"), -0.5, 1e-6);
  EXPECT_EQ(features.step(), 1'000'000);
}

// Thinned out or not, the newest report counts, and the others as before.
TEST(GrokFeaturesTest, ALongCurvesSlopeIsThatOfFewerOfItsReports) {
  GrokFeatures all(SpecFeatures(RunSpec()));
  GrokFeatures few(SpecFeatures(RunSpec()));
  for (int64_t step = 0; step <= 400'000; ++step) {
    StepReport report = GrokkingReport(step, 60, 0);
    report.weight_norm = 50 + 10 * std::sin(std::log1p(static_cast<double>(step)));
    all.Observe(report);
    if (step % 100 == 0) few.Observe(report);
  }
  EXPECT_NEAR(Named(all.Values(), "slope_norm"), Named(few.Values(), "slope_norm"), 1e-3);
}

TEST(GrokFeaturesTest, OfAnUnknownTaskNothingIsKnownButTheReports) {
  RunSpec spec;
  spec.task = kUnknownTask;
  const FeatureVector values = SpecFeatures(spec);
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }));
}

}  // namespace
}  // namespace powerdown
