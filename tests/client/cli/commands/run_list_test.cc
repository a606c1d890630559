#include "client/cli/commands/run_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(RunListTest, FlagsBecomeOneFilter) {
  EXPECT_EQ(ParsedBy(ReadList, {"run", "list", "--state", "running", "--tag", "a\"b", "--filter",
                                "owner = \"x\""})
                .filter,
            "state = \"running\" AND tag = \"a\\\"b\" AND owner = \"x\"");
  EXPECT_EQ(ParsedBy(ReadList, {"run", "list", "--queue"}).filter, "state = \"queued\"");
  EXPECT_THAT(CommandLineError({"run", "list", "--state", "runing"}), HasSubstr("runing"));
}

}  // namespace
}  // namespace powerdown
