#include "client/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/command_table.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(CompletionTest, EveryShellKnowsCommandsAndFlags) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = CompletionScript(shell, Commands());
    ASSERT_TRUE(script.ok());
    EXPECT_THAT(*script, HasSubstr("submit")) << shell;
    EXPECT_THAT(*script, HasSubstr("weight-decay")) << shell;
    EXPECT_THAT(*script, HasSubstr("output")) << shell;
  }
}

TEST(CompletionTest, UnknownShellIsRefusedWithTheKnownOnes) {
  const auto script = CompletionScript("bahs", Commands());
  EXPECT_TRUE(absl::IsInvalidArgument(script.status()));
  EXPECT_THAT(std::string(script.status().message()), HasSubstr("did you mean \"bash\"?"));
}

}  // namespace
}  // namespace powerdown
