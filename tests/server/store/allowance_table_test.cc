#include "server/store/allowance_table.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

class AllowanceTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(AllowanceTableTest, UseOfADayReplacesWhatTheAttemptHadThen) {
  const absl::CivilDay monday(2026, 11, 23);
  store_->group().Append(UserUse{"ada", "run/01a/1", monday - 1, Joules(1)});
  store_->group().Append(UserUse{"ada", "run/01a/1", monday, Joules(10)});
  store_->group().Append(UserUse{"ada", "run/01a/1", monday, Joules(25)});
  store_->group().Append(UserUse{"ada", "run/01a/2", monday, Joules(5)});
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto days = *store_->allowances().ReadUserDays(monday);
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(days[0].user, "ada");
  EXPECT_EQ(days[0].day, monday);
  EXPECT_EQ(days[0].energy, Joules(30));
}

TEST_F(AllowanceTableTest, AllowancesAreReplacedAndRemoved) {
  const Allowance weekly{Period::kWeek, {"gCO2", 2.5}};
  ASSERT_TRUE(store_->allowances().Put("ada", {Period::kWeek, {"J", 7}}).ok());
  ASSERT_TRUE(store_->allowances().Put("ada", weekly).ok());
  ASSERT_TRUE(store_->allowances().Put("ada", {Period::kDay, {"J", 7}}).ok());
  ASSERT_TRUE(store_->allowances().Delete("ada", Period::kDay).ok());
  ASSERT_TRUE(store_->allowances().Delete("grace", Period::kDay).ok());
  const auto rows = *store_->allowances().List();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].user, "ada");
  EXPECT_EQ(rows[0].allowance, weekly);
}

}  // namespace
}  // namespace powerdown
