#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(RunImportTest, TheSpecOfALogIsChecked) {
  EXPECT_EQ(CommandLineError({"run", "import", "log.csv", "--modulus", "1"}),
            "modulus: 1 is out of range; allowed: 2 to 1000");
  EXPECT_EQ(CommandLineError({"run", "import"}), "powerdown run import needs FILE");
}

}  // namespace
}  // namespace powerdown
