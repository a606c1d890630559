#include "common/run/run_series.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>

namespace powerdown {
namespace {

std::vector<StepReport> AnyReports() {
  std::vector<StepReport> reports;
  const int attempts = *rc::gen::inRange(1, 4);
  int64_t time = 0;
  for (int64_t attempt = 1; attempt <= attempts; ++attempt) {
    int64_t step = *rc::gen::inRange(0, 300);
    for (int i = *rc::gen::inRange(0, 400); i > 0; --i) {
      StepReport& report = reports.emplace_back();
      report.attempt = attempt;
      report.evaluation.step = ++step;
      report.time = absl::FromUnixMicros(time += 7);
      report.evaluation.train_loss = 1.0 / static_cast<double>(1 + step * 7919 % 1000);
      if (step % 3 == 0) report.energy = Joules(static_cast<double>(step));
    }
  }
  return reports;
}

bool AreTheSame(const RunSeries& a, const RunSeries& b) {
  for (const MetricDescription& metric : Metrics()) {
    const SeriesPyramid& left = a.curve(metric.metric);
    const SeriesPyramid& right = b.curve(metric.metric);
    if (left.points_per_bucket() != right.points_per_bucket()) return false;
    if (left.finest().size() != right.finest().size()) return false;
    // Bits: extremes may be NaN.
    if (!left.empty() && std::memcmp(left.finest().data(), right.finest().data(),
                                     left.finest().size() * sizeof(SeriesBucket)) != 0) {
      return false;
    }
    const SeriesBucket l = left.Total(10, 350);
    const SeriesBucket r = right.Total(10, 350);
    if (std::memcmp(&l, &r, sizeof l) != 0) return false;
  }
  return true;
}

RC_GTEST_PROP(RunSeriesTest, GoesOnFromItsBytesAsIfNothingHappened, ()) {
  const std::vector<StepReport> reports = AnyReports();
  const size_t cut = *rc::gen::inRange<size_t>(0, reports.size() + 1);
  RunSeries unbroken;
  RunSeries kept;
  for (size_t i = 0; i < reports.size(); ++i) {
    if (i == cut) {
      absl::StatusOr<RunSeries> read = RunSeries::FromBytes(*kept.ToBytes());
      RC_ASSERT(read.ok());
      kept = *std::move(read);
    }
    unbroken.Apply(reports[i]);
    kept.Apply(reports[i]);
  }
  RC_ASSERT(AreTheSame(unbroken, kept));
}

RC_GTEST_PROP(RunSeriesTest, ReportsTogetherAreAsReportsOneByOne, ()) {
  const std::vector<StepReport> reports = AnyReports();
  RunSeries one_by_one(64);
  RunSeries together(64);
  size_t standing = 0;
  size_t standing_together = 0;
  std::vector<ReportPoint> points;
  for (const StepReport& report : reports) {
    standing += one_by_one.Apply(report);
    points.push_back(PointOf(report));
    if (*rc::gen::inRange(0, 300) > 0) continue;
    standing_together += together.Apply(points);
    points.clear();
  }
  standing_together += together.Apply(points);
  RC_ASSERT(standing == standing_together);
  RC_ASSERT(AreTheSame(one_by_one, together));
  RC_ASSERT(one_by_one.abandoned().size() == together.abandoned().size());
}

TEST(RunSeriesTest, BytesOfAMergedSeriesComeBack) {
  RunSeries series;
  for (int64_t step = 1; step <= 100000; ++step) {
    StepReport report;
    report.evaluation.step = step;
    series.Apply(report);
  }
  EXPECT_GT(series.curve(Metric::kSeconds).points_per_bucket(), 1);
  EXPECT_TRUE(AreTheSame(series, *RunSeries::FromBytes(*series.ToBytes())));
}

TEST(RunSeriesTest, OtherBytesAreRefused) {
  EXPECT_TRUE(absl::IsDataLoss(RunSeries::FromBytes("no series").status()));
  std::string bytes = *RunSeries().ToBytes();
  bytes.resize(bytes.size() / 2);
  EXPECT_FALSE(RunSeries::FromBytes(bytes).ok());
}

TEST(SeriesPyramidFinestTest, WhatNoPyramidHasIsRefused) {
  const SeriesBucket one = SeriesBucket::OfPoint(1, 5);
  const SeriesBucket two = SeriesBucket::OfPoint(2, 6);
  SeriesPyramid pyramid(2);
  EXPECT_FALSE(pyramid.SetFinest({two, one}, 1));
  EXPECT_FALSE(pyramid.SetFinest({one, two, two}, 1));
  EXPECT_FALSE(pyramid.SetFinest({one}, 0));
  SeriesBucket empty = one;
  empty.points = 0;
  EXPECT_FALSE(pyramid.SetFinest({empty}, 1));
  EXPECT_TRUE(pyramid.SetFinest({one, two}, 1));
  EXPECT_EQ(pyramid.points(), 2);
}

}  // namespace
}  // namespace powerdown
