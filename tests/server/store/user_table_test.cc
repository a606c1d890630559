#include "server/store/user_table.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

using ::testing::SizeIs;

class UserTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(UserTableTest, DeletingAUserTakesTheirTokensAndPairings) {
  ASSERT_TRUE(store_->users().Put({"ada", "viewer", ExampleTime(0)}).ok());
  ASSERT_TRUE(store_->users().Put({"ada", "admin", ExampleTime(9)}).ok());
  ASSERT_TRUE(store_->users().PutToken({.token_id = "t1", .user = "ada"}).ok());
  ASSERT_TRUE(store_->users().PutPairing({"code", "ada", ExampleTime(60)}, ExampleTime(1)).ok());
  const auto users = *store_->users().List();
  ASSERT_THAT(users, SizeIs(1));
  EXPECT_EQ(users[0].role, "admin");
  EXPECT_EQ(users[0].created_at, ExampleTime(0));
  ASSERT_TRUE(store_->users().Delete("ada").ok());
  EXPECT_EQ(store_->users().Delete("ada").message(), "user ada is not known");
  EXPECT_THAT(*store_->users().ListTokens(), SizeIs(0));
  EXPECT_EQ(store_->users().SpendPairing("code", ExampleTime(2), {}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(UserTableTest, APairingIsSpentOnceAndNotLate) {
  ASSERT_TRUE(store_->users().Put({"ada", "viewer", ExampleTime(0)}).ok());
  ASSERT_TRUE(store_->users().PutPairing({"code", "ada", ExampleTime(60)}, ExampleTime(1)).ok());
  EXPECT_FALSE(store_->users().SpendPairing("code", ExampleTime(61), {.token_id = "t0"}).ok());
  EXPECT_EQ(*store_->users().SpendPairing("code", ExampleTime(60), {.token_id = "t1"}), "ada");
  EXPECT_FALSE(store_->users().SpendPairing("code", ExampleTime(60), {.token_id = "t2"}).ok());
  const auto tokens = *store_->users().ListTokens();
  ASSERT_THAT(tokens, SizeIs(1));
  EXPECT_EQ(tokens[0].token_id, "t1");
  EXPECT_EQ(tokens[0].user, "ada");
}

}  // namespace
}  // namespace powerdown
