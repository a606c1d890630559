#include "client/cli/completion.h"

#include "absl/strings/str_replace.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// One line of a table: after these words, these come next.
struct Choice {
  std::string path;  // "powerdown run"
  std::vector<const CommandTree*> commands;
  std::vector<std::string> flags;
};

std::vector<std::string> FlagNames(const CommandTree& tree) {
  std::vector<std::string> names;
  for (const CommandFlag& flag : tree.flags) names.push_back(flag.name);
  return names;
}

void Collect(const CommandTree& tree, const std::string& before,
             const std::vector<std::string>& global_flags, std::vector<Choice>& choices) {
  Choice choice{before.empty() ? tree.name : Concat(before, " ", tree.name), {}, FlagNames(tree)};
  for (const std::string& flag : global_flags) choice.flags.push_back(flag);
  for (const CommandTree& command : tree.commands) choice.commands.push_back(&command);
  choices.push_back(choice);
  const std::vector<std::string> globals = before.empty() ? FlagNames(tree) : global_flags;
  for (const CommandTree& command : tree.commands) {
    Collect(command, choice.path, globals, choices);
  }
}

std::vector<Choice> ChoicesOf(const CommandTree& tree) {
  std::vector<Choice> choices;
  Collect(tree, "", {}, choices);
  return choices;
}

std::string Names(const Choice& choice) {
  std::vector<std::string> names;
  for (const CommandTree* command : choice.commands) names.push_back(command->name);
  return Join(names, " ");
}

std::string Cases(const CommandTree& tree) {
  std::string cases;
  for (const Choice& choice : ChoicesOf(tree)) {
    cases += Concat("    \"", choice.path, "\") commands=\"", Names(choice), "\"; flags=\"",
                    Join(choice.flags, " "), "\" ;;\n");
  }
  return cases;
}

// Walks over the words so far as long as they name commands.
constexpr std::string_view kBash = R"(_powerdown() {
  local word path=powerdown commands flags i
  _powerdown_choices
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    [[ " $commands " == *" $word "* ]] || continue
    path="$path $word"
    _powerdown_choices
  done
  word=${COMP_WORDS[COMP_CWORD]}
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else
    COMPREPLY=($(compgen -W "$commands" -- "$word"))
  fi
}
complete -o default -F _powerdown powerdown
)";

std::string Bash(const CommandTree& tree) {
  return Concat("# bash completion for powerdown\n_powerdown_choices() {\n  case \"$path\" in\n",
                Cases(tree), "  esac\n}\n", kBash);
}

std::string Zsh(const CommandTree& tree) {
  return Concat("#compdef powerdown\nautoload -U +X bashcompinit && bashcompinit\n", Bash(tree));
}

std::string FishQuoted(const std::string& text) {
  return Concat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string Fish(const CommandTree& tree) {
  std::string script = "# fish completion for powerdown\ncomplete -c powerdown -f\n";
  std::string top = Names(ChoicesOf(tree)[0]);
  for (const std::string& flag : FlagNames(tree)) {
    script += Concat("complete -c powerdown -l ", flag.substr(2), "\n");
  }
  for (const CommandTree& command : tree.commands) {
    script += Concat("complete -c powerdown -n 'not __fish_seen_subcommand_from ", top, "' -a ",
                     command.name, " -d ", FishQuoted(command.help), "\n");
    const std::string inside = Concat("__fish_seen_subcommand_from ", command.name);
    for (const std::string& flag : FlagNames(command)) {
      script += Concat("complete -c powerdown -n '", inside, "' -l ", flag.substr(2), "\n");
    }
    for (const CommandTree& verb : command.commands) {
      script += Concat("complete -c powerdown -n '", inside, "' -a ", verb.name, " -d ",
                       FishQuoted(verb.help), "\n");
      for (const std::string& flag : FlagNames(verb)) {
        script += Concat("complete -c powerdown -n '", inside, "; and __fish_seen_subcommand_from ",
                         verb.name, "' -l ", flag.substr(2), "\n");
      }
    }
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
