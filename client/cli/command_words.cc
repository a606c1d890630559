#include "client/cli/command_words.h"

#include <algorithm>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "client/cli/command_tree.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr char kOperand[] = "operand";

// Where CLI11 puts what one command was given.
struct Slot {
  const CommandTree* command = nullptr;
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;
  std::vector<std::string> operands;
};
using Slots = std::vector<std::unique_ptr<Slot>>;  // CLI11 keeps pointers into them

// What CLI11 is told: "-o,--output" where a flag has a letter too.
std::string FlagWords(const CommandFlag& flag) {
  if (flag.name == "--output") return "-o,--output";
  return flag.name == "--quiet" ? "-q,--quiet" : flag.name;
}

void AddFlag(Slot& slot, const CommandFlag& flag) {
  if (flag.name == "--help") return;  // CLI11's own
  if (flag.value.empty()) {
    slot.app->add_flag(FlagWords(flag), slot.switches[flag.name]);
    return;
  }
  CLI::Option* option = slot.app->add_option(FlagWords(flag), slot.values[flag.name]);
  option->allow_extra_args(false);
}

void AddCommand(const CommandTree& command, CLI::App* app, Slots& slots) {
  Slot& slot = *slots.emplace_back(std::make_unique<Slot>());
  slot.command = &command;
  slot.app = app;
  app->fallthrough();
  app->require_subcommand(0, 1);  // so that an operand may be called like a command
  for (const CommandFlag& flag : command.flags) AddFlag(slot, flag);
  if (!command.operand.name.empty()) {
    app->add_option(kOperand, slot.operands);
  }
  for (const CommandTree& inner : command.commands) {
    AddCommand(inner, app->add_subcommand(inner.name), slots);
  }
}

std::vector<std::string_view> FlagNames(const CommandTree& tree, const CommandTree& command) {
  std::vector<std::string_view> names;
  for (const CommandTree* level : {&command, &tree}) {
    for (const CommandFlag& flag : level->flags) names.push_back(flag.name);
  }
  return names;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view closest = ClosestWord(word, candidates);
  return closest.empty() ? "" : Concat("; did you mean ", closest, "?");
}

absl::Status UnexpectedWord(const CommandTree& tree, const CommandWords& words, std::string word) {
  const CommandTree& command = *FindCommand(tree, words.path);
  const std::string path =
      words.path.empty() ? tree.name : Concat(tree.name, " ", Join(words.path, " "));
  if (word.size() > 1 && word[0] == '-') {
    word = word.substr(0, word.find('='));
    return absl::InvalidArgumentError(Concat(Quoted(word), " is not a flag of ", path,
                                             DidYouMean(word, FlagNames(tree, command))));
  }
  if (command.commands.empty()) {
    return absl::InvalidArgumentError(Concat(Quoted(word), " is one word too many for ", path));
  }
  std::vector<std::string_view> names;
  for (const CommandTree& inner : command.commands) names.push_back(inner.name);
  const std::string_view closest = ClosestWord(word, names);
  return absl::InvalidArgumentError(Concat(Quoted(word), " is not a command of ", path, "; ",
                                           closest.empty()
                                               ? Concat("commands: ", Join(names, ", "))
                                               : Concat("did you mean ", closest, "?")));
}

CommandWords Gather(const Slots& slots) {
  CommandWords words;
  for (const auto& slot : slots) {
    if (!slot->app->parsed()) continue;
    if (slot->app->get_parent() != nullptr) words.path.push_back(slot->command->name);
    for (const auto& [name, values] : slot->values) {
      if (!values.empty()) words.flags[name] = values;
    }
    for (const auto& [name, is_set] : slot->switches) {
      if (is_set) words.flags[name] = {"true"};
    }
    words.operands.insert(words.operands.end(), slot->operands.begin(), slot->operands.end());
  }
  return words;
}

absl::Status CheckFlags(const CommandTree& tree, const CommandTree& command,
                        const CommandWords& words) {
  for (const CommandFlag& flag : command.flags) {
    const auto found = words.flags.find(flag.name);
    if (found == words.flags.end()) continue;
    if (found->second.size() > 1 && !flag.is_repeatable) {
      return absl::InvalidArgumentError(Concat(flag.name, " was given more than once"));
    }
    // "--name --wait": the name was forgotten.
    const std::vector<std::string_view> flags = FlagNames(tree, *FindCommand(tree, words.path));
    for (const std::string& value : found->second) {
      if (std::find(flags.begin(), flags.end(), value) != flags.end()) {
        return absl::InvalidArgumentError(Concat(flag.name, " needs a value, not ", value));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckComplete(const CommandTree& tree, const CommandWords& words) {
  const CommandTree& command = *FindCommand(tree, words.path);
  const std::string path = Concat(tree.name, " ", Join(words.path, " "));
  if (!command.commands.empty() && !words.path.empty() && command.read == nullptr) {
    std::vector<std::string> names;
    for (const CommandTree& inner : command.commands) names.push_back(inner.name);
    return absl::InvalidArgumentError(Concat(path, " needs a command: one of ", Join(names, ", ")));
  }
  const CommandOperand& operand = command.operand;
  if (!operand.name.empty() && operand.is_required && words.operands.empty()) {
    return absl::InvalidArgumentError(Concat(path, " needs ", operand.name));
  }
  if (words.operands.size() > 1 && !operand.is_repeatable) {
    return absl::InvalidArgumentError(
        Concat(Quoted(words.operands[1]), " is one word too many for ", path));
  }
  RETURN_IF_ERROR(CheckFlags(tree, tree, words));
  return CheckFlags(tree, command, words);
}

}  // namespace

std::optional<std::string> CommandWords::Find(const std::string& flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::nullopt : std::optional(found->second.back());
}

std::string CommandWords::Text(const std::string& flag, const std::string& fallback) const {
  const std::string text = Find(flag).value_or("");
  return text.empty() ? fallback : text;
}

std::vector<std::string> CommandWords::All(const std::string& flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::vector<std::string>() : found->second;
}

absl::StatusOr<int64_t> CommandWords::Whole(const std::string& flag, int64_t fallback,
                                            int64_t minimum, int64_t maximum) const {
  const std::optional<std::string> text = Find(flag);
  if (!text) return fallback;
  int64_t value = 0;
  if (absl::SimpleAtoi(*text, &value) && value >= minimum && value <= maximum) return value;
  return absl::InvalidArgumentError(Concat(flag.substr(2), ": ", Quoted(*text),
                                           " is not allowed; allowed: whole numbers from ", minimum,
                                           " to ", maximum));
}

namespace {

absl::StatusOr<CommandWords> ParseAll(const CommandTree& tree,
                                      const std::vector<std::string>& arguments) {
  CLI::App app;
  Slots slots;
  AddCommand(tree, &app, slots);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    CommandWords words = Gather(slots);
    words.wants_help = true;
    return words;
  } catch (const CLI::ExtrasError&) {
    return UnexpectedWord(tree, Gather(slots), app.remaining(/*recurse=*/true).at(0));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();  // "--modulus: 1 required TEXT missing"
    return absl::InvalidArgumentError(Concat(what.substr(0, what.find(':')), " needs a value"));
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
  CommandWords words = Gather(slots);
  // Without any command there is nothing to complete: the caller shows help.
  RETURN_IF_ERROR(CheckComplete(tree, words));
  return words;
}

}  // namespace

absl::StatusOr<CommandWords> ParseWords(const CommandTree& tree,
                                        const std::vector<std::string>& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes == arguments.end()) return ParseAll(tree, arguments);
  // Nothing of somebody else's command line is ours to read.
  absl::StatusOr<CommandWords> words = ParseAll(tree, {arguments.begin(), dashes});
  if (words.ok() && FindCommand(tree, words->path)->takes_command) {
    words->command.assign(dashes + 1, arguments.end());
    return words;
  }
  return ParseAll(tree, arguments);
}

}  // namespace powerdown
