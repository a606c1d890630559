#include "client/cli/commands/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

std::string ScheduleOf(const std::vector<std::string>& arguments) {
  return ParsedBy(ReadCompare, arguments).submission.schedule;
}

TEST(CompareTest, StepsAreTheScheduleUnlessOneIsGiven) {
  EXPECT_EQ(ScheduleOf({"compare"}), "twice-median");
  EXPECT_EQ(ScheduleOf({"compare", "--max-steps", "2000"}), "2000");
  EXPECT_EQ(ScheduleOf({"compare", "--max-steps", "2000", "--schedule", "prototype"}), "prototype");
}

TEST(CompareTest, ComingBackToAComparisonChangesNothing) {
  EXPECT_EQ(ParsedBy(ReadCompare, {"compare", "01k9"}).comparison_id, "01k9");
  EXPECT_THAT(CommandLineError({"compare", "01k9", "--seed", "1"}), HasSubstr("--seed"));
}

}  // namespace
}  // namespace powerdown
