#include "server/meter/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class BaselineTest : public ::testing::Test {
 protected:
  // One sample of half a second.
  std::optional<Baseline> Observe(double watts, RestState state = {.most_use = 0.05}) {
    PowerSample sample;
    sample.start = at_;
    sample.end = at_ += absl::Seconds(0.5);
    sample.power = Watts(watts);
    sample.coverage = coverage_;
    wall_ += absl::Seconds(0.5);
    return finder_.Observe(sample, state, wall_);
  }
  std::optional<Baseline> ObserveFor(double seconds, double watts) {
    std::optional<Baseline> found;
    for (int i = 0; i < seconds * 2; ++i) found = Observe(watts);
    return found;
  }

  BaselineFinder finder_{BaselineOptions()};
  absl::Duration at_ = absl::Seconds(100);
  absl::Time wall_ = absl::FromUnixSeconds(1'700'000'000);
  double coverage_ = 1;
};

TEST_F(BaselineTest, StandsAfterAFullWindowOfRest) {
  EXPECT_FALSE(ObserveFor(4.5, 30));
  EXPECT_THAT(finder_.obstacle(), HasSubstr("4.5 of 5.0 s"));
  const auto baseline = Observe(30);
  ASSERT_TRUE(baseline);
  EXPECT_EQ(baseline->power, Watts(30));
  EXPECT_EQ(baseline->measured_at, wall_);
  EXPECT_EQ(finder_.obstacle(), "");
}

TEST_F(BaselineTest, IsTheMeanWithoutOutliersSoThatASpikeOfTheDisplayDoesNotCount) {
  ObserveFor(2, 30);
  Observe(90);
  ObserveFor(2, 30);
  EXPECT_EQ(ObserveFor(5, 30)->power, Watts(30));
}

// 67 ms of 40 W in each renewal, read every 90 ms: one renewal a reading, and at times two.
TEST_F(BaselineTest, ACounterThatIsRenewedUnevenlyIsNotLearnedTooLow) {
  std::optional<Baseline> baseline;
  int renewals = 0;
  for (int i = 1; i <= 80; ++i) {
    const int now = static_cast<int>(0.09 * i / 0.067);
    const absl::Duration start = absl::Seconds(0.09 * (i - 1));
    PowerSample sample{"m", "gpu", "nvml-counter", start, absl::Seconds(0.09 * i)};
    sample.power = Watts(40 * 0.067 * (now - renewals) / 0.09);
    renewals = now;
    if (auto found = finder_.Observe(sample, {.most_use = 0.05}, wall_)) baseline = found;
  }
  ASSERT_TRUE(baseline);
  EXPECT_NEAR(baseline->power.value(), 40, 1);
}

TEST_F(BaselineTest, UnderLoadNothingIsLearned) {
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(Observe(30, {.use = 0.9, .most_use = 0.05}));
  EXPECT_THAT(finder_.obstacle(), HasSubstr("90%"));
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(Observe(30, {.has_consumers = true}));
  EXPECT_EQ(finder_.obstacle(), "a run is active");
}

TEST_F(BaselineTest, CoolingDownIsNotRest) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(Observe(25 + 25 * std::exp(-0.5 * i / 8))) << i;
  }
  EXPECT_THAT(finder_.obstacle(), HasSubstr("settling"));
}

TEST_F(BaselineTest, AGapStartsAnew) {
  ObserveFor(4.5, 30);
  at_ += absl::Seconds(10);  // readings are missing
  EXPECT_FALSE(ObserveFor(4.5, 30));
  coverage_ = 0;
  EXPECT_FALSE(Observe(30));
  coverage_ = 1;
  EXPECT_FALSE(ObserveFor(4.5, 30));
  EXPECT_TRUE(Observe(30));
}

TEST_F(BaselineTest, DriftEntersTheBand) {
  ObserveFor(20, 15);
  const auto drifted = ObserveFor(20, 18);
  ASSERT_TRUE(drifted);
  EXPECT_EQ(drifted->power, Watts(18));
  EXPECT_LE(drifted->low, Watts(15));
  EXPECT_GE(drifted->high, Watts(18));
  wall_ += absl::Hours(2);
  EXPECT_GT(ObserveFor(20, 18)->low, Watts(17));  // forgotten after an hour
}

TEST_F(BaselineTest, SpreadEntersTheBand) {
  std::optional<Baseline> noisy;
  for (int i = 0; i < 20; ++i) noisy = Observe(i % 2 == 0 ? 29 : 31);
  ASSERT_TRUE(noisy);
  EXPECT_LT(noisy->low, Watts(29));
  EXPECT_GT(noisy->high, Watts(30));
}

TEST_F(BaselineTest, AgeWidensTheBandUntilItIsTooOldToUse) {
  const Baseline baseline{Watts(100), Watts(98), Watts(103), wall_};
  EXPECT_EQ(AgedBaseline(baseline, wall_)->low, Watts(98));
  const auto aged = AgedBaseline(baseline, wall_ + absl::Hours(5));
  EXPECT_NEAR(aged->low.value(), 93, 1e-9);
  EXPECT_NEAR(aged->high.value(), 108, 1e-9);
  EXPECT_NEAR(AgedBaseline(baseline, wall_ + absl::Hours(100))->high.value(), 123, 1e-9);
  EXPECT_FALSE(AgedBaseline(baseline, wall_ + absl::Hours(24 * 8)));
  EXPECT_EQ(AgedBaseline(baseline, wall_ - absl::Hours(1))->low, Watts(98));  // a clock set back
}

}  // namespace
}  // namespace powerdown
