// The flags of a command that is run as a run, and what they make of the words after "--".
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_tree.h"
#include "client/cli/command_words.h"
#include "common/run/command_spec.h"

namespace powerdown {

// `is_queued`: with those of a command that starts later, and elsewhere.
void AddCommandFlags(CommandTree& command, bool is_queued = true);

struct CommandOrder {
  CommandSpec command;
  std::vector<std::string> environment;  // "NAME=value"
};
// InvalidArgument names the flag, the value and what is allowed.
absl::StatusOr<CommandOrder> ReadCommand(const CommandWords& words);

// Without words after "--" none of these flags means anything. InvalidArgument names the first one.
absl::Status CheckNoCommandFlags(const CommandWords& words);

}  // namespace powerdown
