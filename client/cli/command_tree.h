// The commands as plain values: the one table that parsing, help and completion are driven by.
#pragma once

#include <string>
#include <vector>

#include "client/cli/text/style.h"

namespace powerdown {

struct CommandFlag {
  std::string name;        // "--output"
  std::string value = {};  // "FORMAT"; empty: a switch
  std::string help;        // one line
  std::string group = {};  // heading in the help
  bool is_repeatable = false;
};

// What is acted on, behind the verb.
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
  std::vector<CommandFlag> flags = {};
  std::vector<CommandTree> commands = {};
};

// What the words name, e.g. {"run", "submit"}; null if nothing does.
const CommandTree* FindCommand(const CommandTree& tree, const std::vector<std::string>& words);

// Examples first, then how to call it, then commands and flags.
std::string HelpText(const CommandTree& tree, const std::vector<std::string>& words,
                     const Style& style);

}  // namespace powerdown
