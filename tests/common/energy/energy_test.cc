#include "common/energy/energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace powerdown {
namespace {

PowerSample Sample(double start, double end, double watts) {
  PowerSample sample;
  sample.device = "cpu";
  sample.source = "rapl";
  sample.start = absl::Seconds(start);
  sample.end = absl::Seconds(end);
  sample.power = Watts(watts);
  sample.low = Watts(watts * 0.9);
  sample.high = Watts(watts * 1.1);
  return sample;
}

RestingPower Resting(double watts) {
  return {Watts(watts), Watts(watts), Watts(watts)};
}

const LedgerInterval* Of(const std::vector<LedgerInterval>& intervals,
                         const std::string& consumer) {
  for (const LedgerInterval& interval : intervals) {
    if (interval.consumer == consumer) return &interval;
  }
  return nullptr;
}

double Sum(const std::vector<LedgerInterval>& intervals) {
  double joules = 0;
  for (const LedgerInterval& interval : intervals) joules += interval.joules.value();
  return joules;
}

TEST(EnergyTest, ConstantPowerForAMinute) {
  std::vector<LedgerInterval> intervals;
  for (int second = 0; second < 60; ++second) {
    for (auto& interval : Attribute(Sample(second, second + 1, 37), {{{"run/a/1", 1}}, 0}, {})) {
      intervals.push_back(interval);
    }
  }
  const auto figure = SumIntervals(intervals);
  ASSERT_TRUE(figure);
  EXPECT_NEAR(figure->gross.value(), 2220, 1e-9);
  EXPECT_NEAR(figure->low.value(), 1998, 1e-9);
  EXPECT_NEAR(figure->high.value(), 2442, 1e-9);
}

TEST(EnergyTest, AStepInPowerIsHeldNotInterpolated) {
  auto intervals = Attribute(Sample(0, 10, 100), {{{"run/a/1", 1}}, 0}, {});
  intervals.push_back(Attribute(Sample(10, 20, 300), {{{"run/a/1", 1}}, 0}, {})[0]);
  EXPECT_NEAR(SumIntervals(intervals)->gross.value(), 4000, 1e-9);
  EXPECT_NEAR(SumIntervals(IntervalsUntil(intervals, absl::Seconds(15)))->gross.value(), 2500,
              1e-9);
}

TEST(EnergyTest, WarmQuizSessionPaysForItsUseAndNotForRest) {
  const auto intervals =
      Attribute(Sample(0, 1, 130), {{{"run/a/1", 0.5}, {QuizConsumer(7), 0.5}}, 0}, Resting(30));
  EXPECT_NEAR(Of(intervals, "run/a/1")->joules.value(), 80, 1e-9);
  EXPECT_NEAR(Of(intervals, "quiz/7")->joules.value(), 50, 1e-9);
  EXPECT_NEAR(Sum(intervals), 130, 1e-9);
  const auto alone = Attribute(Sample(0, 1, 130), {{{QuizConsumer(7), 0.5}}, 0}, Resting(30));
  EXPECT_NEAR(Of(alone, "quiz/7")->joules.value(), 100, 1e-9);
  EXPECT_NEAR(Of(alone, kUnattributed)->joules.value(), 30, 1e-9);
}

TEST(EnergyTest, BaselineIsSharedEquallyAndTheRestByUse) {
  const auto intervals =
      Attribute(Sample(0, 1, 110), {{{"run/a/1", 0.5}, {"run/b/1", 0.25}}, 0.25}, Resting(30));
  EXPECT_NEAR(Of(intervals, "run/a/1")->joules.value(), 15 + 40, 1e-9);
  EXPECT_NEAR(Of(intervals, "run/a/1")->net->value(), 40, 1e-9);
  EXPECT_NEAR(Of(intervals, "run/b/1")->joules.value(), 15 + 20, 1e-9);
  EXPECT_NEAR(Of(intervals, kUnattributed)->joules.value(), 20, 1e-9);
  EXPECT_EQ(intervals[0].baseline, Watts(30));
}

TEST(EnergyTest, WithoutRunsAllIsUnattributed) {
  const auto intervals = Attribute(Sample(0, 2, 50), {{}, 0.3}, Resting(40));
  ASSERT_EQ(intervals.size(), 1u);
  EXPECT_EQ(intervals[0].consumer, kUnattributed);
  EXPECT_NEAR(intervals[0].joules.value(), 100, 1e-9);
}

TEST(EnergyTest, WithoutABaselineNetIsAbsent) {
  const auto intervals = Attribute(Sample(0, 1, 100), {{{"run/a/1", 0.75}}, 0.25}, {});
  EXPECT_NEAR(Of(intervals, "run/a/1")->joules.value(), 75, 1e-9);
  EXPECT_EQ(Of(intervals, "run/a/1")->net, std::nullopt);
  EXPECT_EQ(SumIntervals(intervals)->net, std::nullopt);
}

TEST(EnergyTest, NetIsNeverNegative) {
  const auto intervals = Attribute(Sample(0, 1, 25), {{{"run/a/1", 1}}, 0}, Resting(30));
  ASSERT_EQ(intervals.size(), 1u);
  EXPECT_NEAR(intervals[0].joules.value(), 25, 1e-9);
  EXPECT_EQ(intervals[0].net, Joules(0));
}

TEST(EnergyTest, AnActiveRunThatUsedNothingIsStillBooked) {
  const auto intervals = Attribute(Sample(0, 1, 50), {{{"run/a/1", 0}}, 1}, Resting(30));
  ASSERT_NE(Of(intervals, "run/a/1"), nullptr);
  EXPECT_NEAR(Of(intervals, "run/a/1")->joules.value(), 30, 1e-9);
  EXPECT_EQ(Of(intervals, "run/a/1")->net, Joules(0));
}

TEST(EnergyTest, AnEmptySampleBooksNothing) {
  EXPECT_TRUE(Attribute(Sample(5, 5, 100), {{{"run/a/1", 1}}, 0}, {}).empty());
  EXPECT_EQ(SumIntervals({}), std::nullopt);
}

RC_GTEST_PROP(EnergyProperty, AttributionConservesTheSample, ()) {
  const double watts = *rc::gen::inRange(0, 500000) / 1000.0;
  DeviceUse use;
  const int runs = *rc::gen::inRange(0, 6);
  for (int i = 0; i < runs; ++i) {
    use.by_consumer[AttemptConsumer(std::to_string(i), 1)] = *rc::gen::inRange(0, 1000) / 999.0;
  }
  use.foreign = *rc::gen::inRange(0, 1000) / 999.0;
  std::optional<RestingPower> baseline;
  if (*rc::gen::arbitrary<bool>()) baseline = Resting(*rc::gen::inRange(0, 300));
  const auto intervals = Attribute(Sample(0, 0.5, watts), use, baseline);
  double low = 0;
  double high = 0;
  for (const LedgerInterval& interval : intervals) {
    RC_ASSERT(interval.joules >= Joules(0));
    RC_ASSERT(!interval.net || (*interval.net >= Joules(0) &&
                                interval.net->value() <= interval.joules.value() + 1e-9));
    low += interval.low.value();
    high += interval.high.value();
  }
  RC_ASSERT(std::abs(Sum(intervals) - watts * 0.5) < 1e-9);
  // Each band holds other splits as well.
  RC_ASSERT(low <= watts * 0.45 + 1e-9);
  RC_ASSERT(high >= watts * 0.55 - 1e-9);
}

// energy(a, c) = energy(a, b) + energy(b, c), in ten thousand cases.
TEST(EnergyTest, EnergyIsAdditiveOverRandomSplitPoints) {
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<LedgerInterval> intervals;
  double end = 0;
  for (int i = 0; i < 50; ++i) {
    const double length = 0.01 + uniform(random);
    const PowerSample sample = Sample(end, end + length, 400 * uniform(random));
    intervals.push_back(Attribute(sample, {{{"run/a/1", 1}}, 0}, {})[0]);
    end += length;
  }
  const auto until = [&](double at) {
    const auto figure = SumIntervals(IntervalsUntil(intervals, absl::Seconds(at)));
    return figure ? figure->gross.value() : 0;
  };
  for (int i = 0; i < 10'000; ++i) {
    const double split = end * uniform(random);
    double after = 0;
    for (const LedgerInterval& one : intervals) {
      const double from = std::max(split, absl::ToDoubleSeconds(one.start));
      const double to = absl::ToDoubleSeconds(one.end);
      const double time = absl::ToDoubleSeconds(one.end - one.start);
      if (to > from) after += one.joules.value() * (to - from) / time;
    }
    ASSERT_NEAR(until(split) + after, until(end), 1e-6) << split;
  }
}

RC_GTEST_PROP(EnergyProperty, SplittingTimeChangesNoSum, ()) {
  std::vector<LedgerInterval> intervals;
  double at = 0;
  const int count = *rc::gen::inRange(1, 20);
  for (int i = 0; i < count; ++i) {
    const double length = *rc::gen::inRange(1, 2000) / 1000.0;
    const double watts = *rc::gen::inRange(0, 400000) / 1000.0;
    intervals.push_back(Attribute(Sample(at, at + length, watts), {{{"run/a/1", 1}}, 0}, {})[0]);
    at += length;
  }
  const absl::Duration split = absl::Seconds(at * *rc::gen::inRange(1, 1000) / 1000.0);
  std::vector<LedgerInterval> after;
  for (LedgerInterval interval : intervals) {
    if (interval.end <= split) continue;
    const absl::Duration start = std::max(split, interval.start);
    interval.joules =
        interval.joules * absl::FDivDuration(interval.end - start, interval.end - interval.start);
    after.push_back(interval);
  }
  const auto before = SumIntervals(IntervalsUntil(intervals, split));
  RC_ASSERT(before.has_value());
  RC_ASSERT(std::abs(before->gross.value() + Sum(after) - Sum(intervals)) < 1e-6);
  RC_ASSERT(SumIntervals(IntervalsUntil(intervals, absl::Hours(9))) == SumIntervals(intervals));
}

TEST(EnergyTest, NothingBeforeTheStartIsNoFigure) {
  const auto intervals = Attribute(Sample(10, 20, 100), {{{"run/a/1", 1}}, 0}, Resting(40));
  EXPECT_EQ(SumIntervals(IntervalsUntil(intervals, absl::Seconds(10))), std::nullopt);
  EXPECT_NEAR(SumIntervals(IntervalsUntil(intervals, absl::Seconds(11)))->net->value(), 60, 1e-9);
}

TEST(EnergyTest, SourcesThatDifferAreMixedAndBaselinesOfDevicesAdd) {
  auto intervals = Attribute(Sample(0, 1, 100), {{{"run/a/1", 1}}, 0}, Resting(40));
  PowerSample gpu = Sample(0, 1, 200);
  gpu.device = "gpu-1";
  gpu.source = "nvml-counter";
  intervals.push_back(Attribute(gpu, {{{"run/a/1", 1}}, 0}, Resting(15))[0]);
  const auto figure = SumIntervals(intervals);
  EXPECT_EQ(figure->source, "mixed");
  EXPECT_EQ(figure->baseline, Watts(55));
  EXPECT_NEAR(figure->net->value(), 245, 1e-9);
}

TEST(EnergyTest, CoverageIsWeightedByTime) {
  auto intervals = Attribute(Sample(0, 3, 100), {{{"run/a/1", 1}}, 0}, {});
  intervals.push_back(Attribute(Sample(3, 4, 100), {{{"run/a/1", 1}}, 0}, {})[0]);
  intervals[1].coverage = 0;
  EXPECT_NEAR(SumIntervals(intervals)->coverage, 0.75, 1e-12);
}

// As with a meter that comes when the run has begun, and one that never does.
TEST(EnergyTest, AnEstimateOfADeviceThatWasMeasuredLaterCountsAsNotCovered) {
  PowerSample estimate = Sample(0, 1, 50);
  estimate.source = kEstimateSource;
  auto intervals = Attribute(estimate, {{{"run/a/1", 1}}, 0}, {});
  intervals.push_back(Attribute(Sample(1, 4, 60), {{{"run/a/1", 1}}, 0}, {})[0]);
  const auto figure = SumIntervals(intervals);
  EXPECT_EQ(figure->gross, Joules(230));
  EXPECT_EQ(figure->source, "mixed");
  EXPECT_EQ(figure->coverage, 0.75);
  EXPECT_EQ(figure->estimated, std::nullopt);
}

TEST(EnergyTest, AGpuThatNoMeterReadsIsToldAndIsInTheBand) {
  PowerSample estimate = Sample(0, 10, 50);
  estimate.source = kEstimateSource;
  auto intervals = Attribute(estimate, {{{"run/a/1", 1}}, 0}, {});
  LedgerInterval gpu;
  gpu.consumer = "run/a/1";
  gpu.device = kUnmeteredGpu;
  gpu.source = kUnmeteredSource;
  gpu.end = absl::Seconds(10);
  gpu.high = Joules(9000);
  gpu.coverage = 0;
  intervals.push_back(gpu);
  const auto figure = SumIntervals(intervals);
  EXPECT_EQ(figure->gross, Joules(500));
  EXPECT_EQ(figure->high, Joules(550 + 9000));
  EXPECT_EQ(figure->source, "estimate");
  EXPECT_EQ(figure->scope, "cpu, GPU not metered");
  EXPECT_EQ(figure->coverage, 0.5);
  EXPECT_EQ(SumIntervals({gpu})->scope, "GPU not metered");
  EXPECT_EQ(SumIntervals({gpu})->source, "unmetered");
}

TEST(EnergyTest, TheBandOfNetIsTheSensorsGainAndWhatTheBaselineLeavesOpen) {
  const RestingPower baseline{Watts(40), Watts(38), Watts(45)};
  const auto intervals = Attribute(Sample(0, 10, 100), {{{"run/a/1", 1}}, 0}, baseline);
  const auto figure = SumIntervals(intervals);
  EXPECT_NEAR(figure->net->value(), 600, 1e-9);
  EXPECT_NEAR(figure->net_low->value(), 540 - 50, 1e-9);
  EXPECT_NEAR(figure->net_high->value(), 660 + 20, 1e-9);
  EXPECT_EQ(SumIntervals(Attribute(Sample(0, 1, 9), {{{"run/a/1", 1}}, 0}, {}))->net_low,
            std::nullopt);
}

TEST(EnergyTest, TheNetOfAGapMayBeAllThatTheDeviceCanDraw) {
  PowerSample gap = Sample(0, 10, 50);
  gap.coverage = 0;
  gap.low = Watts(0);
  gap.high = Watts(300);
  const auto intervals = Attribute(gap, {{{"run/a/1", 1}}, 0}, Resting(50));
  EXPECT_EQ(*intervals[0].net_low, Joules(0));
  EXPECT_NEAR(intervals[0].net_high->value(), 2500, 1e-9);
}

TEST(EnergyTest, SamplingErrorsAddInQuadratureAndGainsLinearly) {
  std::vector<LedgerInterval> intervals;
  for (int i = 0; i < 100; ++i) {
    PowerSample sample = Sample(i, i + 1, 100);
    sample.variance = 100;  // 10 J
    intervals.push_back(Attribute(sample, {{{"run/a/1", 1}}, 0}, {})[0]);
  }
  const auto figure = SumIntervals(intervals);
  EXPECT_NEAR(figure->high.value(), 11000 + 2 * 100, 1e-6);
  EXPECT_NEAR(figure->low.value(), 9000 - 2 * 100, 1e-6);
}

TEST(EnergyTest, AnEstimateIsToldBesideWhatWasMeasuredAndNeverMixedIn) {
  PowerSample estimate = Sample(0, 1, 50);
  estimate.source = kEstimateSource;
  PowerSample gpu = Sample(0, 1, 200);
  gpu.device = "gpu-1";
  gpu.source = "nvml-counter";
  auto intervals = Attribute(estimate, {{{"run/a/1", 1}}, 0}, {});
  EXPECT_EQ(SumIntervals(intervals)->gross, Joules(50));
  EXPECT_EQ(SumIntervals(intervals)->scope, "cpu");
  EXPECT_EQ(SumIntervals(intervals)->estimated, std::nullopt);
  intervals.push_back(Attribute(gpu, {{{"run/a/1", 1}}, 0}, {})[0]);
  const auto figure = SumIntervals(intervals);
  EXPECT_EQ(figure->gross, Joules(200));
  EXPECT_EQ(figure->source, "nvml-counter");
  EXPECT_EQ(figure->scope, "gpu-only");
  EXPECT_EQ(figure->estimated, Joules(50));
}

TEST(EnergyTest, ConsumersAreNamedByRunAndAttempt) {
  EXPECT_EQ(AttemptConsumer("abc", 2), "run/abc/2");
  EXPECT_EQ(RunConsumerPrefix("abc"), "run/abc/");
}

}  // namespace
}  // namespace powerdown
