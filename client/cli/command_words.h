// Splits a command line into command, flags and operands by the command table. The only user of
// CLI11. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_tree.h"

namespace powerdown {

struct CommandWords {
  std::vector<std::string> path;                          // {"run", "submit"}
  std::map<std::string, std::vector<std::string>> flags;  // given ones; a switch has one "true"
  std::vector<std::string> operands;
  bool wants_help = false;

  bool Has(const std::string& flag) const { return flags.contains(flag); }
  std::optional<std::string> Find(const std::string& flag) const {  // the last one given
    const auto found = flags.find(flag);
    return found == flags.end() ? std::nullopt : std::optional(found->second.back());
  }
};

// InvalidArgument is one line and names what was meant where a typing error explains it.
absl::StatusOr<CommandWords> ParseWords(const CommandTree& tree,
                                        const std::vector<std::string>& arguments);

}  // namespace powerdown
