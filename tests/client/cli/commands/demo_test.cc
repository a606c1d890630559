#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(DemoTest, SpeedIsBounded) {
  EXPECT_EQ(CommandLineError({"demo", "--speed", "1001"}),
            "speed: \"1001\" is not allowed; allowed: whole numbers from 1 to 1000");
}

TEST(DemoTest, ASpecIsChecked) {
  EXPECT_EQ(CommandLineError({"demo", "--modulus", "1"}),
            "modulus: 1 is out of range; allowed: 2 to 1000");
}

}  // namespace
}  // namespace powerdown
