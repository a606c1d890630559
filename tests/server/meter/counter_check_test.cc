#include "server/meter/counter_check.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

std::optional<double> After(double seconds, double counted_watts, double read_watts) {
  CounterCheck check;
  for (double at = 0; at < seconds; at += 0.5) {
    check.Add(Joules(counted_watts / 2), Joules(read_watts / 2), Watts(read_watts),
              absl::Seconds(0.5));
  }
  return check.disagreement();
}

TEST(CounterCheckTest, TellsHowFarPowerAndCounterAreApart) {
  ASSERT_TRUE(After(11, 37.5, 65.4));
  EXPECT_NEAR(*After(11, 37.5, 65.4), 65.4 / 37.5, 1e-9);
  EXPECT_LT(*After(11, 100, 60), 1);
}

TEST(CounterCheckTest, SmallDifferencesAndTheFirstSecondsSayNothing) {
  EXPECT_FALSE(After(11, 100, 108));  // 8%
  EXPECT_FALSE(After(11, 10, 14));    // 4 W
  EXPECT_FALSE(After(9, 37, 65));
}

TEST(CounterCheckTest, AReadingThatOnlyLagsDoesNotDisagree) {
  CounterCheck check;
  for (int i = 0; i < 130; ++i) {
    const double now = i < 30 ? 30 : 200;
    const double before = i < 32 ? 30 : 200;  // a second later
    check.Add(Joules(now / 2), Joules(before / 2), Watts(before), absl::Seconds(0.5));
    EXPECT_FALSE(check.disagreement()) << i;
  }
}

TEST(CounterCheckTest, AgreementEndsADisagreement) {
  CounterCheck check;
  const auto add = [&](double counted, double read) {
    for (int i = 0; i < 20; ++i) {
      check.Add(Joules(counted / 2), Joules(read / 2), Watts(read), absl::Seconds(0.5));
    }
  };
  add(40, 80);
  EXPECT_TRUE(check.disagreement());
  add(40, 40);
  EXPECT_FALSE(check.disagreement());
  EXPECT_FALSE(check.TakeOwed());  // of a window that is over
}

// 57% of the truth for a while, from the middle of a window.
TEST(CounterCheckTest, WhatWasBookedOfTheWindowIsOwedOnce) {
  CounterCheck check;
  for (int i = 0; i < 20; ++i) {
    const double read = i < 8 ? 100 : 57;
    check.Add(Joules(50), Joules(read / 2), Watts(read), absl::Seconds(0.5));
  }
  const auto owed = check.TakeOwed();
  ASSERT_TRUE(owed);
  EXPECT_NEAR(owed->value(), -6 * 43, 1e-9);
  EXPECT_FALSE(check.TakeOwed());
}

}  // namespace
}  // namespace powerdown
