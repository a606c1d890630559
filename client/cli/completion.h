// Completion scripts for shells, made from the tree of commands. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cli/command_tree.h"

namespace powerdown {

// InvalidArgument for an unknown shell; lists the known ones.
absl::StatusOr<std::string> CompletionScript(std::string_view shell, const CommandTree& tree);

}  // namespace powerdown
