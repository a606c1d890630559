#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(QuizTest, AtMostEightModelsSideBySide) {
  EXPECT_EQ(CommandLineError({"quiz", "a", "b", "c", "--at", "1", "--at", "2", "--at", "3"}),
            "quiz: too many models; allowed: 8 side by side");
}

TEST(QuizTest, CountAndSeedAreWholeNumbersInARange) {
  EXPECT_EQ(CommandLineError({"quiz", "a", "--count", "10001"}),
            "count: \"10001\" is not allowed; allowed: whole numbers from 1 to 10000");
  EXPECT_EQ(CommandLineError({"quiz", "a", "--seed", "-1"}),
            "seed: \"-1\" is not allowed; allowed: whole numbers from 0 to 9223372036854775807");
}

}  // namespace
}  // namespace powerdown
