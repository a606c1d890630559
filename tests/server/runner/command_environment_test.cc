#include "server/runner/command_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace powerdown {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CommandEnvironmentTest, HasWhatIsListedAndAskedForAndOursLast) {
  setenv("COMMAND_TEST_SECRET", "secret", 1);
  setenv("CUDA_VISIBLE_DEVICES", "0", 1);
  const auto environment = CommandEnvironment({"SEED=1", "HOME=/asked"}, {"SEED=2"});
  EXPECT_THAT(environment, Contains("CUDA_VISIBLE_DEVICES=0"));
  EXPECT_THAT(environment, Contains("HOME=/asked"));
  EXPECT_THAT(environment, Contains("SEED=2"));
  EXPECT_THAT(environment, Not(Contains("SEED=1")));
  EXPECT_THAT(environment, Not(Contains(HasSubstr("secret"))));
}

}  // namespace
}  // namespace powerdown
