#include "server/meter/counter_check.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

std::optional<double> After(double seconds, double counted_watts, double read_watts) {
  CounterCheck check;
  for (double at = 0; at < seconds; at += 0.5) {
    check.Add(Joules(counted_watts / 2), Watts(read_watts), absl::Seconds(0.5));
  }
  return check.disagreement();
}

TEST(CounterCheckTest, TellsHowFarPowerAndCounterAreApart) {
  ASSERT_TRUE(After(61, 37.5, 65.4));
  EXPECT_NEAR(*After(61, 37.5, 65.4), 65.4 / 37.5, 1e-9);
  EXPECT_LT(*After(61, 100, 60), 1);
}

TEST(CounterCheckTest, SmallDifferencesAndTheFirstMinuteSayNothing) {
  EXPECT_FALSE(After(61, 100, 108));  // 8%
  EXPECT_FALSE(After(61, 10, 14));    // 4 W
  EXPECT_FALSE(After(50, 37, 65));
}

TEST(CounterCheckTest, AReadingThatOnlyLagsDoesNotDisagree) {
  CounterCheck check;
  for (int i = 0; i < 130; ++i) {
    const double now = i < 60 ? 30 : 200;
    const double before = i < 62 ? 30 : 200;  // a second later
    check.Add(Joules(now / 2), Watts(before), absl::Seconds(0.5));
    EXPECT_FALSE(check.disagreement()) << i;
  }
}

TEST(CounterCheckTest, AgreementEndsADisagreement) {
  CounterCheck check;
  for (int i = 0; i < 120; ++i) check.Add(Joules(20), Watts(80), absl::Seconds(0.5));
  EXPECT_TRUE(check.disagreement());
  for (int i = 0; i < 120; ++i) check.Add(Joules(20), Watts(40), absl::Seconds(0.5));
  EXPECT_FALSE(check.disagreement());
}

}  // namespace
}  // namespace powerdown
