#include "server/store/audit_table.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

class AuditTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(AuditTableTest, ListsNewestFirstAndPages) {
  for (const char* user : {"ada", "bob", "eve"}) {
    store_->group().Append(AuditRow{.time = ExampleTime(1), .user = user, .outcome = "OK"});
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto newest = *store_->audit().List(0, 2);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].user, "eve");
  EXPECT_EQ(newest[1].user, "bob");
  const auto older = *store_->audit().List(newest[1].entry, 2);
  ASSERT_EQ(older.size(), 1u);
  EXPECT_EQ(older[0].user, "ada");
  EXPECT_EQ(older[0].outcome, "OK");
}

TEST_F(AuditTableTest, KeepsTheNewestAndForgetsTheRest) {
  for (int64_t i = 0; i < kMostAuditEntries + 5; ++i) {
    store_->group().Append(AuditRow{.time = ExampleTime(1), .user = "ada", .outcome = "OK"});
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto oldest = *store_->audit().List(10, 100);
  ASSERT_EQ(oldest.size(), 4u);
  EXPECT_EQ(oldest.back().entry, 6);
  EXPECT_EQ(store_->audit().List(0, 1)->at(0).entry, kMostAuditEntries + 5);
}

}  // namespace
}  // namespace powerdown
