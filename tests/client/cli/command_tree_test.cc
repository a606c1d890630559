#include "client/cli/command_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/command_table.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(CommandTreeTest, HelpShowsExamplesFirst) {
  const std::string text = HelpText(Commands(), {"run", "submit"}, Style(false));
  EXPECT_LT(text.find("Examples"), text.find("Usage"));
  EXPECT_LT(text.find("Usage"), text.find("--auto-stop"));
  EXPECT_THAT(text, HasSubstr("powerdown run submit [FLAGS]"));
  EXPECT_THAT(text, HasSubstr("[0.003]"));
}

void CheckHelpFits(const CommandTree& command, std::vector<std::string> words) {
  const std::string text = HelpText(Commands(), words, Style(false));
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    EXPECT_LE(DisplayWidth(std::string_view(text).substr(start, end - start)), 80)
        << text.substr(start, end - start);
    start = end + 1;
  }
  for (const CommandTree& inner : command.commands) {
    words.push_back(inner.name);
    CheckHelpFits(inner, words);
    words.pop_back();
  }
}

TEST(CommandTreeTest, HelpOfEveryCommandFitsEightyColumns) {
  CheckHelpFits(Commands(), {});
}

TEST(CommandTreeTest, UnknownWordsFindNothing) {
  EXPECT_EQ(FindCommand(Commands(), {"run", "dance"}), nullptr);
  EXPECT_EQ(FindCommand(Commands(), {"run", "show"})->name, "show");
}

}  // namespace
}  // namespace powerdown
