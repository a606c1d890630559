#include "common/energy/attribution.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

constexpr char kRun[] = "run/a/1";

PowerSample Exact(double watts) {
  PowerSample sample;
  sample.device = "cpu";
  sample.end = absl::Seconds(1);
  sample.power = sample.low = sample.high = Watts(watts);
  return sample;
}

RestingPower Rest(double watts) {
  return {Watts(watts), Watts(watts), Watts(watts)};
}

LedgerInterval PartOf(const std::vector<LedgerInterval>& intervals, const std::string& consumer) {
  for (const LedgerInterval& interval : intervals) {
    if (interval.consumer == consumer) return interval;
  }
  ADD_FAILURE() << "nothing is booked to " << consumer;
  return {};
}

TEST(AttributionTest, AloneARunHasWhatTheSensorSays) {
  const LedgerInterval run = PartOf(Attribute(Exact(100), {{{kRun, 0.3}}, 0}, Rest(40)), kRun);
  EXPECT_EQ(run.low, Joules(100));
  EXPECT_EQ(run.high, Joules(100));
}

// The run works as much as the stranger, who draws half or twice as much for it.
TEST(AttributionTest, AStrangerOfAnotherEfficiencyIsInTheBand) {
  const LedgerInterval run = PartOf(Attribute(Exact(100), {{{kRun, 0.4}}, 0.4}, Rest(40)), kRun);
  EXPECT_NEAR(run.joules.value(), 40 + 30, 1e-9);
  EXPECT_NEAR(run.low.value(), 40 + 20, 1e-9);
  EXPECT_NEAR(run.high.value(), 40 + 40, 1e-9);
  EXPECT_NEAR(run.net_low->value(), 20, 1e-9);
  EXPECT_NEAR(run.net_high->value(), 40, 1e-9);
}

TEST(AttributionTest, RestMayBeSharedByUse) {
  const auto intervals = Attribute(Exact(100), {{{kRun, 0.75}, {"run/b/1", 0.25}}, 0}, Rest(100));
  EXPECT_NEAR(PartOf(intervals, kRun).joules.value(), 50, 1e-9);
  EXPECT_NEAR(PartOf(intervals, kRun).high.value(), 75, 1e-9);
  EXPECT_NEAR(PartOf(intervals, "run/b/1").low.value(), 25, 1e-9);
}

TEST(AttributionTest, WithoutABaselineAllMayBeRest) {
  const LedgerInterval run = PartOf(Attribute(Exact(100), {{{kRun, 0.05}}, 0.95}, {}), kRun);
  EXPECT_NEAR(run.joules.value(), 5, 1e-9);
  EXPECT_NEAR(run.high.value(), 100, 1e-9);
}

TEST(AttributionTest, AShareThatNobodyKnowsIsInItsBand) {
  const auto intervals =
      AttributeWithin(Exact(100), {{{kRun, 0.5}}, 0.5}, {{kRun, {0, 1}}}, Rest(40));
  EXPECT_NEAR(PartOf(intervals, kRun).joules.value(), 70, 1e-9);
  EXPECT_NEAR(PartOf(intervals, kRun).low.value(), 40, 1e-9);
  EXPECT_NEAR(PartOf(intervals, kRun).high.value(), 100, 1e-9);
}

TEST(AttributionTest, WhoMayNotBeThereIsBookedNothingAndTheBandSaysWhatItMayBe) {
  const ShareBands bands{{kRun, {.is_maybe = true}}};
  const auto intervals = AttributeWithin(Exact(100), {{{kRun, 0}}, 0.9}, bands, Rest(40));
  const LedgerInterval run = PartOf(intervals, kRun);
  EXPECT_EQ(run.joules, Joules(0));
  EXPECT_EQ(run.coverage, 0);  // no silent zero
  EXPECT_EQ(run.high, Joules(100));
  EXPECT_NEAR(PartOf(intervals, kUnattributed).joules.value(), 100, 1e-9);
}

}  // namespace
}  // namespace powerdown
