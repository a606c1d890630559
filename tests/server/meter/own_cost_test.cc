#include "server/meter/own_cost.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(OwnCostTest, IsTheShareOfACoreAndOfThePowerAboveTheBaseline) {
  OwnCostMeter meter;
  EXPECT_FALSE(meter.cost());
  for (int second = 0; second <= 10; ++second) {
    meter.Observe(absl::Seconds(second), absl::Milliseconds(5 * second), absl::Seconds(second),
                  Watts(20));
  }
  ASSERT_TRUE(meter.cost());
  EXPECT_NEAR(meter.cost()->core_share, 0.005, 1e-12);
  EXPECT_NEAR(meter.cost()->power->value(), 0.1, 1e-12);
}

TEST(OwnCostTest, WithoutABaselineThePowerIsUnknownNotZero) {
  OwnCostMeter meter;
  meter.Observe(absl::Seconds(0), absl::ZeroDuration(), absl::ZeroDuration(), std::nullopt);
  meter.Observe(absl::Seconds(1), absl::Milliseconds(1), absl::Seconds(1), std::nullopt);
  EXPECT_FALSE(meter.cost()->power);
}

TEST(OwnCostTest, TellsOnlyTheLastMinute) {
  OwnCostMeter meter;
  absl::Duration used;
  for (int second = 0; second <= 200; ++second) {
    used += absl::Milliseconds(second < 120 ? 500 : 10);
    meter.Observe(absl::Seconds(second), used, used, std::nullopt);
  }
  EXPECT_NEAR(meter.cost()->core_share, 0.01, 1e-9);
}

}  // namespace
}  // namespace powerdown
