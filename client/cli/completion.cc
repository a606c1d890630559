#include "client/cli/completion.h"

#include "absl/strings/str_replace.h"
#include "client/cli/completion_values.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// A command with the words that lead to it, and the flags that it takes.
struct Place {
  std::string path;  // "powerdown run"
  const CommandTree* command = nullptr;
  std::vector<CommandFlag> flags;  // the global ones too
};

void Collect(const CommandTree& tree, const std::string& before,
             const std::vector<CommandFlag>& global_flags, std::vector<Place>& places) {
  Place place{before.empty() ? tree.name : Concat(before, " ", tree.name), &tree, tree.flags};
  if (!before.empty()) {
    place.flags.insert(place.flags.end(), global_flags.begin(), global_flags.end());
  }
  places.push_back(place);
  const std::vector<CommandFlag>& globals = before.empty() ? tree.flags : global_flags;
  for (const CommandTree& command : tree.commands) Collect(command, place.path, globals, places);
}

std::vector<Place> PlacesOf(const CommandTree& tree) {
  std::vector<Place> places;
  Collect(tree, "", {}, places);
  return places;
}

std::string CommandNames(const CommandTree& tree) {
  std::vector<std::string> names;
  for (const CommandTree& command : tree.commands) names.push_back(command.name);
  return Join(names, " ");
}

std::string NamesOfFlags(const Place& place) {
  std::vector<std::string> names;
  for (const CommandFlag& flag : place.flags) names.push_back(flag.name);
  return Join(names, " ");
}

std::string Places(const CommandTree& tree) {
  std::string cases;
  for (const Place& place : PlacesOf(tree)) {
    cases += Concat("    \"", place.path, "\") verbs=\"", CommandNames(*place.command),
                    "\"; flags=\"", NamesOfFlags(place), "\" ;;\n");
  }
  return cases;
}

std::string ValueCase(const std::string& pattern, const WordValues& values) {
  if (values.empty()) return "";
  return Concat("    ", pattern, ") choices=\"", Join(values.words, " "), "\"; source=\"",
                NameOf(values.source), "\" ;;\n");
}

// Flags of all commands are told once; what a command's own flag of that name takes comes first.
std::string ValueCases(const CommandTree& tree) {
  std::string own;
  for (const Place& place : PlacesOf(tree)) {
    own += ValueCase(Concat("\"", place.path, "\""),
                     ValuesOfOperand(place.path, place.command->operand));
    for (const CommandFlag& flag : place.command->flags) {
      if (place.command == &tree) continue;
      own +=
          ValueCase(Concat("\"", place.path, " ", flag.name, "\""), ValuesOfFlag(place.path, flag));
    }
  }
  for (const CommandFlag& flag : tree.flags) {
    own += ValueCase(Concat("*\" ", flag.name, "\""), ValuesOfFlag(tree.name, flag));
  }
  return own;
}

// Walks over the words so far as long as they name commands. Values that come from a server are
// never expanded: names of runs are other people's text. No variable has a name that zsh gives a
// meaning to, such as path or words.
constexpr std::string_view kBash = R"(_powerdown_offer() {
  local one
  for one in "$@"; do
    [[ $one == "$word"* ]] && COMPREPLY+=("$one")
  done
}
_powerdown_ask() {
  local line
  while IFS=$'\t' read -r line _; do
    _powerdown_offer "$line"
  done < <(powerdown ${server:+--server "$server"} --timeout 2 completion --values "$1" 2>/dev/null)
}
_powerdown_value() {
  local choices="" source="" one
  _powerdown_values "$place${1:+ $1}"
  _powerdown_offer $choices
  case $source in
    "") [[ -n $choices ]] ;;
    files) while IFS= read -r one; do COMPREPLY+=("$one"); done < <(compgen -f -- "$word") ;;
    *) _powerdown_ask "$source" ;;
  esac
}
_powerdown() {
  local word one place=powerdown verbs="" flags="" before="" server="" i
  COMPREPLY=()
  _powerdown_choices
  for ((i = 1; i < COMP_CWORD; i++)); do
    one=${COMP_WORDS[i]}
    [[ $before == --server ]] && server=$one
    [[ $one == "=" ]] && continue
    before=$one
    [[ " $verbs " == *" $one "* ]] || continue
    place="$place $one"
    _powerdown_choices
  done
  word=${COMP_WORDS[COMP_CWORD]}
  [[ $word == "=" ]] && word=""
  [[ $before == -o ]] && before=--output
  if [[ $before == --* ]] && _powerdown_value "$before"; then
    return
  fi
  if [[ $word == -* ]]; then
    _powerdown_offer $flags
    return
  fi
  _powerdown_offer $verbs
  _powerdown_value ""
}
complete -F _powerdown powerdown
)";

std::string Bash(const CommandTree& tree) {
  return Concat("# bash completion for powerdown\n_powerdown_choices() {\n  case \"$place\" in\n",
                Places(tree), "  esac\n}\n_powerdown_values() {\n  case \"$1\" in\n",
                ValueCases(tree), "  esac\n}\n", kBash);
}

std::string Zsh(const CommandTree& tree) {
  return Concat("#compdef powerdown\nautoload -U +X bashcompinit && bashcompinit\n", Bash(tree));
}

std::string FishQuoted(const std::string& text) {
  return Concat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// What follows `complete -c powerdown -n …` so that the word is completed; empty: nothing is known.
std::string FishValues(const WordValues& values) {
  if (values.source == ValueSource::kFiles) return " -F";
  if (values.source != ValueSource::kNone) {
    return Concat(" -a '(__powerdown_values ", NameOf(values.source), ")'");
  }
  return values.words.empty() ? "" : Concat(" -a ", FishQuoted(Join(values.words, " ")));
}

std::string FishFlag(const std::string& condition, const std::string& path,
                     const CommandFlag& flag) {
  const std::string when = condition.empty() ? "" : Concat(" -n ", FishQuoted(condition));
  const bool is_long = flag.name.starts_with("--");
  return Concat("complete -c powerdown", when, is_long ? " -l " : " -s ",
                flag.name.substr(is_long ? 2 : 1), flag.value.empty() ? "" : " -r",
                FishValues(ValuesOfFlag(path, flag)), "\n");
}

// What is known once `command` was typed: its flags, its commands, and what it acts on.
void AddFish(const CommandTree& command, const std::string& path, const std::string& condition,
             std::string& script) {
  for (const CommandFlag& flag : command.flags) script += FishFlag(condition, path, flag);
  if (const std::string values = FishValues(ValuesOfOperand(path, command.operand));
      !values.empty()) {
    script += Concat("complete -c powerdown -n ", FishQuoted(condition), values, "\n");
  }
  for (const CommandTree& inner : command.commands) {
    script += Concat("complete -c powerdown -n ", FishQuoted(condition), " -a ", inner.name, " -d ",
                     FishQuoted(inner.help), "\n");
    AddFish(inner, Concat(path, " ", inner.name),
            Concat(condition, "; and __fish_seen_subcommand_from ", inner.name), script);
  }
}

constexpr std::string_view kFishValues = R"(function __powerdown_values
  set -l typed (commandline -opc)
  set -l server
  if set -l at (contains -i -- --server $typed)
    set server --server $typed[(math $at + 1)]
  end
  powerdown $server --timeout 2 completion --values $argv[1] 2>/dev/null
end
)";

std::string Fish(const CommandTree& tree) {
  std::string script =
      Concat("# fish completion for powerdown\n", kFishValues, "complete -c powerdown -f\n");
  for (const CommandFlag& flag : tree.flags) script += FishFlag("", tree.name, flag);
  const std::string top = CommandNames(tree);
  for (const CommandTree& command : tree.commands) {
    script += Concat("complete -c powerdown -n 'not __fish_seen_subcommand_from ", top, "' -a ",
                     command.name, " -d ", FishQuoted(command.help), "\n");
    AddFish(command, Concat(tree.name, " ", command.name),
            Concat("__fish_seen_subcommand_from ", command.name), script);
  }
  return script;
}

}  // namespace

absl::StatusOr<std::string> CompletionScript(std::string_view shell, const CommandTree& tree) {
  if (shell == "bash") return Bash(tree);
  if (shell == "zsh") return Zsh(tree);
  if (shell == "fish") return Fish(tree);
  return absl::InvalidArgumentError(
      Concat("shell: ", Quoted(shell), NotKnown(shell, {"bash", "zsh", "fish"})));
}

}  // namespace powerdown
