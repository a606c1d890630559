#include "server/meter/plausible_power.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

using Verdict = PlausiblePower::Verdict;

absl::Duration Moment(double seconds) {
  return absl::Seconds(seconds);
}

// A laptop's processor: rated 15 W, 25 W for short, and 61 W in truth.
MeterDescription Laptop() {
  return {.most_power = Watts(25), .ceiling = Watts(1000)};
}

MeterDescription CardWithoutLimit() {
  return {.most_power = Watts(2000), .overshoot = 1.5, .is_limit_known = false};
}

TEST(PlausiblePowerTest, FourTimesTheRatingIsBelievedOnceItIsSeenAgainAndAgain) {
  PlausiblePower power(Laptop());
  EXPECT_EQ(power.Judge(Watts(8), {}, Moment(0)), Verdict::kPlausible);
  EXPECT_EQ(power.Judge(Watts(61), {}, Moment(1)), Verdict::kDoubtful);
  EXPECT_EQ(power.most(), Watts(25));
  EXPECT_EQ(power.Judge(Watts(60), {}, Moment(2)), Verdict::kDoubtful);
  EXPECT_EQ(power.Judge(Watts(62), {}, Moment(3)), Verdict::kPlausible);
  EXPECT_EQ(power.most(), Watts(62));
  EXPECT_EQ(power.Judge(Watts(70), {}, Moment(4)), Verdict::kPlausible);
}

TEST(PlausiblePowerTest, RareSpikesAreNeverBelieved) {
  PlausiblePower power(Laptop());
  for (int minute = 0; minute < 10; ++minute) {
    EXPECT_EQ(power.Judge(Watts(698), {}, Moment(61.0 * minute)), Verdict::kDoubtful);
  }
  EXPECT_EQ(power.Judge(Watts(64852), {}, Moment(1000)), Verdict::kImpossible);
  EXPECT_EQ(power.most(), Watts(25));
}

TEST(PlausiblePowerTest, ACardWithoutALimitThatRestsDoesNotDrawAsMuchAsOneThatWorks) {
  PlausiblePower power(CardWithoutLimit());
  EXPECT_EQ(power.Judge(Watts(593), 0.0, Moment(0)), Verdict::kImpossible);
  EXPECT_EQ(power.Judge(Watts(3.7e6), 0.9, Moment(0)), Verdict::kImpossible);
  EXPECT_EQ(power.Judge(Watts(15), 0.0, Moment(0)), Verdict::kPlausible);
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(power.Judge(Watts(120), 0.0, Moment(i)), Verdict::kDoubtful);
  }
  EXPECT_EQ(power.Judge(Watts(120), 0.9, Moment(10)), Verdict::kPlausible);
}

TEST(PlausiblePowerTest, ALimitThatIsRaisedIsTheNewOneAndTheOldPowerStaysPlausible) {
  PlausiblePower power({.most_power = Watts(140), .overshoot = 1.5});
  EXPECT_EQ(power.Judge(Watts(300), {}, Moment(0)), Verdict::kImpossible);
  power.SetLimit(Watts(320));
  EXPECT_EQ(power.Judge(Watts(300), {}, Moment(1)), Verdict::kPlausible);
  power.SetLimit(Watts(100));
  EXPECT_EQ(power.Judge(Watts(290), {}, Moment(2)), Verdict::kPlausible);  // falls to it slowly
  EXPECT_EQ(power.most(), Watts(100));
}

}  // namespace
}  // namespace powerdown
