#include "common/platform/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(AccountTest, TheOwnOneIsThatOfThisProcess) {
  const Account own = OwnAccount();
  EXPECT_EQ(own.uid, geteuid());
  EXPECT_TRUE(own.IsOwn());
  EXPECT_FALSE(own.name.empty());
}

TEST(AccountTest, IsFoundByItsName) {
  const absl::StatusOr<Account> root = FindAccount("root");
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->uid, 0u);
  EXPECT_THAT(root->groups, Contains(root->gid));
}

TEST(AccountTest, AnUnknownNameIsSaid) {
  EXPECT_THAT(std::string(FindAccount("nobody-has-this-name").status().message()),
              HasSubstr("no account \"nobody-has-this-name\""));
}

}  // namespace
}  // namespace powerdown
