// One command: its help, its flags, and how its words become work. The tree of all commands
// (command_table.h) drives parsing, help and completion.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_words.h"
#include "client/cli/exit_code.h"
#include "client/cli/text/style.h"

namespace powerdown {

class Session;

// Carries out a command whose words are checked. Prints the data; the caller prints the error.
using Work = std::function<absl::StatusOr<ExitCode>(Session& session)>;
using CommandReader = std::function<absl::StatusOr<Work>(const CommandWords& words)>;

struct CommandFlag {
  std::string name;        // "--output"
  std::string value = {};  // "FORMAT"; empty: a switch
  std::string help;        // one line
  std::string group = {};  // heading in the help
  bool is_repeatable = false;
};
CommandFlag Flag(std::string name, std::string value, std::string help);
CommandFlag RepeatableFlag(std::string name, std::string value, std::string help);

// The word behind the verb: what the command acts on.
struct CommandOperand {
  std::string name = {};  // "RUN"; empty: there is none
  bool is_required = true;
  bool is_repeatable = false;
};

struct CommandTree {
  std::string name;
  std::string help;                        // one line
  std::vector<std::string> examples = {};  // whole command lines
  CommandOperand operand = {};
  bool takes_command = false;  // "-- PROGRAM ARGUMENTS…" may follow
  std::vector<CommandFlag> flags = {};
  CommandReader read = nullptr;  // null: a noun, which needs one of its commands
  std::vector<CommandTree> commands = {};
};

// For a command with options of its own: `read` checks the words, `run` does the work.
template <typename Options>
CommandReader ReadThenRun(absl::StatusOr<Options> (*read)(const CommandWords& words),
                          absl::StatusOr<ExitCode> (*run)(Session& session,
                                                          const Options& options)) {
  return [read, run](const CommandWords& words) -> absl::StatusOr<Work> {
    absl::StatusOr<Options> options = read(words);
    if (!options.ok()) return options.status();
    return Work(
        [run, options = *std::move(options)](Session& session) { return run(session, options); });
  };
}
// For a command that needs no check beyond what its flags and operand say.
CommandReader RunOnWords(absl::StatusOr<ExitCode> (*run)(Session& session,
                                                         const CommandWords& words));

// kDone, or the error.
absl::StatusOr<ExitCode> Done(const absl::Status& status);

// What the words name, e.g. {"run", "submit"}; null if nothing does.
const CommandTree* FindCommand(const CommandTree& tree, const std::vector<std::string>& words);

// Examples first, then how to call it, then commands and flags.
std::string HelpText(const CommandTree& tree, const std::vector<std::string>& words,
                     const Style& style);

}  // namespace powerdown
