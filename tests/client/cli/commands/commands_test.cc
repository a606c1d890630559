#include "client/cli/commands/commands.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>

#include "client/cli/command_table.h"

namespace powerdown {
namespace {

size_t CountCommands(const CommandTree& tree) {
  size_t count = tree.read != nullptr ? 1 : 0;
  for (const CommandTree& inner : tree.commands) count += CountCommands(inner);
  return count;
}

TEST(CommandsTest, EveryDeclaredCommandIsInTheTable) {
  std::ifstream header(POWERDOWN_SOURCE_DIR "/client/cli/commands/commands.h");
  size_t declared = 0;
  for (std::string line; std::getline(header, line);) {
    if (std::regex_search(line, std::regex("^CommandTree \\w+Command\\(\\);"))) ++declared;
  }
  EXPECT_GT(declared, 40u);
  EXPECT_EQ(declared, CountCommands(Commands()));
}

void CheckTexts(const CommandTree& tree, const std::string& path) {
  EXPECT_FALSE(tree.help.empty() || tree.help.ends_with(".")) << path;
  std::set<std::string> names;
  for (const CommandFlag& flag : tree.flags) {
    EXPECT_TRUE(names.insert(flag.name).second) << path << " " << flag.name;
    EXPECT_FALSE(flag.help.empty() || flag.help.ends_with(".")) << path << " " << flag.name;
  }
  for (const std::string& example : tree.examples)
    EXPECT_TRUE(example.starts_with(path)) << example;
  for (const CommandTree& inner : tree.commands) CheckTexts(inner, path + " " + inner.name);
}

TEST(CommandsTest, HelpIsOneLineEachAndExamplesCallTheCommand) {
  for (const CommandTree& command : Commands().commands) {
    CheckTexts(command, "powerdown " + command.name);
  }
}

}  // namespace
}  // namespace powerdown
