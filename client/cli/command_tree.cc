#include "client/cli/command_tree.h"

#include <algorithm>

#include "client/cli/table.h"
#include "common/text.h"

namespace powerdown {
namespace {

constexpr int kIndent = 2;

std::string Heading(std::string_view text, const Style& style) {
  return Concat("\n", style.Paint(Ink::kStrong, text), "\n");
}

std::string Flags(const CommandTree& command, const Style& style) {
  std::vector<std::string> groups;
  for (const CommandFlag& flag : command.flags) {
    if (std::find(groups.begin(), groups.end(), flag.group) == groups.end()) {
      groups.push_back(flag.group);
    }
  }
  std::string text;
  for (const std::string& group : groups) {
    TextTable table;
    table.AddColumn("");
    table.AddColumn("");
    for (const CommandFlag& flag : command.flags) {
      if (flag.group != group) continue;
      table.AddRow({flag.value.empty() ? flag.name : Concat(flag.name, " ", flag.value), flag.help});
    }
    text += Heading(group, style) + table.Text(style, kIndent);
  }
  return text;
}

std::string Commands(const CommandTree& command, const Style& style) {
  if (command.commands.empty()) return "";
  TextTable table;
  table.AddColumn("");
  table.AddColumn("");
  for (const CommandTree& inner : command.commands) table.AddRow({inner.name, inner.help});
  return Heading("Commands", style) + table.Text(style, kIndent);
}

}  // namespace

const CommandTree* FindCommand(const CommandTree& tree, const std::vector<std::string>& words) {
  const CommandTree* command = &tree;
  for (const std::string& word : words) {
    const auto found = std::find_if(command->commands.begin(), command->commands.end(),
                                    [&](const CommandTree& inner) { return inner.name == word; });
    if (found == command->commands.end()) return nullptr;
    command = &*found;
  }
  return command;
}

std::string HelpText(const CommandTree& tree, const std::vector<std::string>& words,
                     const Style& style) {
  const CommandTree* command = FindCommand(tree, words);
  if (command == nullptr) command = &tree;
  std::string text = command->help + "\n";
  if (!command->examples.empty()) {
    text += Heading("Examples", style);
    for (const std::string& example : command->examples) text += Concat("  ", example, "\n");
  }
  std::string usage = tree.name;
  for (const std::string& word : words) usage += Concat(" ", word);
  if (!command->commands.empty()) usage += " COMMAND";
  if (!command->operands.empty()) usage += Concat(" ", command->operands);
  if (!command->flags.empty()) usage += " [FLAGS]";
  text += Concat(Heading("Usage", style), "  ", usage, "\n");
  text += Commands(*command, style) + Flags(*command, style);
  if (command != &tree) text += Concat("\nFlags of every command: ", tree.name, " help\n");
  return text;
}

}  // namespace powerdown
