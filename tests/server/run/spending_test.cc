#include "server/run/spending.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::CivilDay kMonday(2026, 11, 23);

absl::Time On(absl::CivilDay day) {
  return absl::FromCivil(day, absl::UTCTimeZone()) + absl::Hours(12);
}

Allowance Of(Period period, double joules) {
  return {period, {"J", joules}};
}

class SpendingTest : public ::testing::Test {
 protected:
  Spending spending_{DefaultFactors()};
};

TEST_F(SpendingTest, CountsWhatWasUsedInEachPeriod) {
  spending_.Set("ada", Of(Period::kMonth, 1000));
  spending_.Set("ada", Of(Period::kWeek, 500));
  spending_.Set("ada", Of(Period::kDay, 100));
  spending_.Add("ada", absl::CivilDay(2026, 10, 31), Joules(1));  // last month
  spending_.Add("ada", kMonday - 1, Joules(10));                  // last week
  spending_.Add("ada", kMonday, Joules(20));
  spending_.Add("ada", kMonday + 1, Joules(30));
  spending_.Add("grace", kMonday + 1, Joules(500));
  const std::vector<AllowanceUse> uses = spending_.Of("ada", On(kMonday + 1));
  ASSERT_THAT(uses, SizeIs(3));
  EXPECT_EQ(uses[0].used, Joules(30));
  EXPECT_EQ(uses[1].used, Joules(50));
  EXPECT_EQ(uses[2].used, Joules(60));
  EXPECT_EQ(uses[2].allowed, Joules(1000));
  EXPECT_THAT(spending_.Of("grace", On(kMonday + 1)), IsEmpty());
}

TEST_F(SpendingTest, IsUsedUpUntilTheLastOfThemRenews) {
  spending_.Set("ada", Of(Period::kDay, 100));
  spending_.Set("ada", Of(Period::kWeek, 150));
  spending_.Add("ada", kMonday, Joules(120));
  EXPECT_EQ(spending_.UsedUp("ada", On(kMonday))->allowance.period, Period::kDay);
  EXPECT_FALSE(spending_.UsedUp("ada", On(kMonday + 1)).has_value());
  spending_.Add("ada", kMonday + 1, Joules(100));
  EXPECT_EQ(spending_.UsedUp("ada", On(kMonday + 1))->allowance.period, Period::kWeek);
  EXPECT_TRUE(spending_.UsedUp("ada", On(kMonday + 6)).has_value());
  EXPECT_FALSE(spending_.UsedUp("ada", On(kMonday + 7)).has_value());
}

TEST_F(SpendingTest, WarnsOnceAPeriodAndAgainOfANewAllowance) {
  spending_.Set("ada", Of(Period::kDay, 100));
  spending_.Add("ada", kMonday, Joules(79));
  EXPECT_THAT(spending_.TakeWarnings("ada", 0.8, On(kMonday)), IsEmpty());
  spending_.Add("ada", kMonday, Joules(1));
  EXPECT_THAT(spending_.TakeWarnings("ada", 0.8, On(kMonday)), SizeIs(1));
  EXPECT_THAT(spending_.TakeWarnings("ada", 0.8, On(kMonday)), IsEmpty());
  spending_.Set("ada", Of(Period::kDay, 90));
  EXPECT_THAT(spending_.TakeWarnings("ada", 0.8, On(kMonday)), SizeIs(1));
  spending_.Add("ada", kMonday + 1, Joules(80));
  EXPECT_THAT(spending_.TakeWarnings("ada", 0.8, On(kMonday + 1)), SizeIs(1));
}

TEST_F(SpendingTest, MoneyOfAnotherCurrencyThanThePricesBoundsNothing) {
  spending_.Set("ada", {Period::kDay, {"EUR", 1}});
  spending_.Add("ada", kMonday, Joules(1e9));
  EXPECT_FALSE(spending_.UsedUp("ada", On(kMonday)).has_value());
  EXPECT_FALSE(spending_.Of("ada", On(kMonday)).at(0).allowed.has_value());
}

TEST_F(SpendingTest, ARemovedAllowanceBoundsNothing) {
  spending_.Set("ada", Of(Period::kDay, 100));
  spending_.Add("ada", kMonday, Joules(120));
  spending_.Remove("ada", Period::kDay);
  spending_.Remove("grace", Period::kDay);
  EXPECT_FALSE(spending_.UsedUp("ada", On(kMonday)).has_value());
}

}  // namespace
}  // namespace powerdown
