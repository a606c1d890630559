#include "server/store/counter_table.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

class CounterTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(CounterTableTest, ANumberIsReplacedByItsName) {
  EXPECT_EQ(*store_->counters().Find("told"), std::nullopt);
  ASSERT_TRUE(store_->counters().Put("told", 7).ok());
  ASSERT_TRUE(store_->counters().Put("told", 8).ok());
  EXPECT_EQ(*store_->counters().Find("told"), 8);
  EXPECT_EQ(*store_->counters().Find("other"), std::nullopt);
}

}  // namespace
}  // namespace powerdown
