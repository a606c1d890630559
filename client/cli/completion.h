// Completion scripts for shells, made from the commands themselves. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cli/command_tree.h"

namespace powerdown {

// InvalidArgument lists the shells there are.
absl::StatusOr<std::string> CompletionScript(std::string_view shell, const CommandTree& tree);

}  // namespace powerdown
