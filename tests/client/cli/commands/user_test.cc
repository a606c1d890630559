#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(UserTest, OnlyANamedUserGetsABudget) {
  EXPECT_EQ(CommandLineError({"user", "budget", "--set", "5Wh"}),
            "user budget --set needs a user name");
  EXPECT_TRUE(ParseCommandLine({"user", "budget"}).ok()) << "shows the budget of the caller";
  EXPECT_TRUE(ParseCommandLine({"user", "budget", "ada", "--set", "5Wh"}).ok());
}

}  // namespace
}  // namespace powerdown
