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

TEST_F(UserTableTest, OpenPairingsAreBoundedAndSpentOrExpiredOnesMakeRoom) {
  ASSERT_TRUE(store_->users().Put({"ada", "viewer", ExampleTime(0)}).ok());
  const auto put = [&](int64_t i, absl::Time now) {
    return store_->users().PutPairing({"code" + std::to_string(i), "ada", ExampleTime(60)}, now);
  };
  for (int64_t i = 0; i < UserTable::kMostOpenPairings; ++i) {
    ASSERT_TRUE(put(i, ExampleTime(1)).ok());
  }
  const absl::Status refused = put(1000, ExampleTime(1));
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  ASSERT_TRUE(store_->users().SpendPairing("code7", ExampleTime(2), {.token_id = "t"}).ok());
  EXPECT_TRUE(put(1000, ExampleTime(3)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(put(1001, ExampleTime(4))));
  EXPECT_TRUE(put(1001, ExampleTime(61)).ok());
}

}  // namespace
}  // namespace powerdown
