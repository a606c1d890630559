#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(RunEditTest, NeedsSomethingToChange) {
  EXPECT_EQ(CommandLineError({"run", "edit", "01k9"}),
            "run edit needs at least one of --name, --notes, --tag and --untag");
  EXPECT_TRUE(ParseCommandLine({"run", "edit", "01k9", "--untag", "a"}).ok());
}

}  // namespace
}  // namespace powerdown
