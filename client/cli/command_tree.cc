#include "client/cli/command_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "client/cli/text/table.h"
#include "client/cli/text/wrap.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr int kIndent = 2;
constexpr int kGap = 3;
constexpr int kLineWidth = 80;

struct NamedText {
  std::string name;
  std::string text;
};

// Names on the left, their texts beside them, broken into lines that fit.
std::string NamedTexts(const std::vector<NamedText>& entries, const Style& style) {
  int widest = 0;
  for (const NamedText& entry : entries) widest = std::max(widest, DisplayWidth(entry.name));
  const int room = WidthWithin(style, kLineWidth) - kIndent - widest - kGap;
  TextTable table;
  table.AddColumn("");
  table.AddColumn("");
  for (const NamedText& entry : entries) {
    std::string name = entry.name;
    const std::string text = WrapText(entry.text, room, 0);
    for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      table.AddRow({std::exchange(name, ""), std::string(line)});
    }
  }
  return table.Text(style, kIndent);
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
    std::vector<NamedText> entries;
    for (const CommandFlag& flag : command.flags) {
      if (flag.group != group) continue;
      entries.push_back(
          {flag.value.empty() ? flag.name : Concat(flag.name, " ", flag.value), flag.help});
    }
    text += Heading(group, style) + NamedTexts(entries, style);
  }
  return text;
}

std::string Commands(const CommandTree& command, const Style& style) {
  if (command.commands.empty()) return "";
  std::vector<NamedText> entries;
  for (const CommandTree& inner : command.commands) entries.push_back({inner.name, inner.help});
  return Heading("Commands", style) + NamedTexts(entries, style);
}

std::string OperandText(const CommandOperand& operand) {
  const std::string name = operand.is_repeatable ? Concat(operand.name, "…") : operand.name;
  return operand.is_required ? name : Concat("[", name, "]");
}

}  // namespace

CommandFlag Flag(std::string name, std::string value, std::string help) {
  return {.name = std::move(name),
          .value = std::move(value),
          .help = std::move(help),
          .group = "Flags"};
}

CommandFlag RepeatableFlag(std::string name, std::string value, std::string help) {
  CommandFlag flag = Flag(std::move(name), std::move(value), std::move(help));
  flag.is_repeatable = true;
  return flag;
}

CommandReader RunOnWords(absl::StatusOr<ExitCode> (*run)(Session& session,
                                                         const CommandWords& words)) {
  return [run](const CommandWords& words) -> absl::StatusOr<Work> {
    return Work([run, words](Session& session) { return run(session, words); });
  };
}

absl::StatusOr<ExitCode> Done(const absl::Status& status) {
  if (!status.ok()) return status;
  return ExitCode::kDone;
}

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
  if (!command->commands.empty()) usage += command->read == nullptr ? " COMMAND" : " [COMMAND]";
  if (!command->operand.name.empty()) usage += Concat(" ", OperandText(command->operand));
  if (!command->flags.empty()) usage += " [FLAGS]";
  if (command->takes_command) usage += " [-- PROGRAM ARGUMENTS…]";
  text += Concat(Heading("Usage", style), "  ", usage, "\n");
  text += Commands(*command, style) + Flags(*command, style);
  if (command != &tree) text += Concat("\nFlags of every command: ", tree.name, " help\n");
  return text;
}

}  // namespace powerdown
