#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(UserTokenTest, ExpiresInDays) {
  EXPECT_TRUE(ParseCommandLine({"user", "token", "--expires", "30"}).ok());
  EXPECT_EQ(CommandLineError({"user", "token", "--expires", "0"}),
            "expires: \"0\" is not allowed; allowed: whole numbers from 1 to 36500");
}

}  // namespace
}  // namespace powerdown
