#include "common/energy/allowance.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, &time, &error)) << error;
  return time;
}

TEST(AllowanceTest, PeriodsRenewAtMidnightOfUtcOnMondaysAndOnTheFirst) {
  EXPECT_EQ(RenewalOf(Period::kDay, At("2026-11-24 23:59")), At("2026-11-25 00:00"));
  EXPECT_EQ(RenewalOf(Period::kDay, At("2026-11-25 00:00")), At("2026-11-26 00:00"));
  // A Tuesday, a Sunday, a Monday.
  EXPECT_EQ(RenewalOf(Period::kWeek, At("2026-11-24 12:00")), At("2026-11-30 00:00"));
  EXPECT_EQ(RenewalOf(Period::kWeek, At("2026-11-29 23:00")), At("2026-11-30 00:00"));
  EXPECT_EQ(RenewalOf(Period::kWeek, At("2026-11-30 00:00")), At("2026-12-07 00:00"));
  EXPECT_EQ(RenewalOf(Period::kMonth, At("2026-12-31 12:00")), At("2027-01-01 00:00"));
}

TEST(AllowanceTest, APeriodBeginsOnTheFirstDayItHolds) {
  EXPECT_EQ(FirstDayOf(Period::kWeek, absl::CivilDay(2026, 11, 30)), absl::CivilDay(2026, 11, 30));
  EXPECT_EQ(FirstDayOf(Period::kWeek, absl::CivilDay(2026, 11, 29)), absl::CivilDay(2026, 11, 23));
  EXPECT_EQ(FirstDayOf(Period::kMonth, absl::CivilDay(2026, 11, 29)), absl::CivilDay(2026, 11, 1));
}

TEST(AllowanceTest, PeriodsAreReadBackFromTheirNames) {
  for (const Period period : kPeriods) EXPECT_EQ(*ParseNamed<Period>(NameOf(period)), period);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseNamed<Period>("year").status()));
}

TEST(AllowanceTest, SaysWhenItRenews) {
  const AllowanceUse use{
      {Period::kDay, {"J", 18000}}, Joules(18000), Joules(18001), At("2026-11-25 00:00")};
  EXPECT_TRUE(use.is_used_up());
  EXPECT_EQ(UsedUpText("ada", use),
            "ada's energy budget of 5.00 Wh per day is used up; it renews 2026-11-25 00:00 UTC");
}

}  // namespace
}  // namespace powerdown
