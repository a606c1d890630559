#include "common/run/report_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/time_range.h"

namespace powerdown {
namespace {

TEST(ReportPointTest, AReportIsTheSameFromItsPoint) {
  StepReport report;
  report.revision = 5;
  report.attempt = 2;
  report.time = absl::FromUnixMicros(1'790'000'000'000'001);
  report.evaluation = {.step = 7,
                       .train_loss = 1,
                       .train_accuracy = 0.5,
                       .validation_loss = 3,
                       .validation_accuracy = 0.25};
  report.gradient_norm = 4;
  report.weight_norm = std::nan("");
  report.activation_sparsity = 6;
  report.power = Watts(0);  // which is not unknown
  StepReport read;
  SetPoint(PointOf(report), read);
  EXPECT_EQ(read.revision, 5);
  EXPECT_EQ(read.attempt, 2);
  EXPECT_EQ(read.time, report.time);
  EXPECT_EQ(read.evaluation.step, 7);
  for (const MetricDescription& metric : Metrics()) {
    const std::optional<double> expected = MetricOf(report, metric.metric);
    const std::optional<double> value = MetricOf(read, metric.metric);
    ASSERT_EQ(value.has_value(), expected.has_value()) << metric.name;
    if (!value || std::isnan(*expected)) continue;
    EXPECT_EQ(*value, *expected) << metric.name;
  }
  EXPECT_TRUE(std::isnan(read.weight_norm.value_or(0)));
  report.evaluation.train_loss.reset();  // which is not NaN
  SetPoint(PointOf(report), read);
  EXPECT_FALSE(read.evaluation.train_loss.has_value());
}

TEST(ReportPointTest, ATimeThatCannotBeSentIsTheLastThatCan) {
  ReportPoint point;
  point.time_unix_us = std::numeric_limits<int64_t>::max();
  StepReport report;
  SetPoint(point, report);
  EXPECT_EQ(report.time, LatestTime());
}

}  // namespace
}  // namespace powerdown
