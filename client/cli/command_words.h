// A command line split into command, flags and operands, and typed access to the flags' values.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/named.h"

namespace powerdown {

struct CommandTree;

struct CommandWords {
  std::vector<std::string> path;                          // {"run", "submit"}
  std::map<std::string, std::vector<std::string>> flags;  // given ones; a switch has one "true"
  std::vector<std::string> operands;
  std::vector<std::string> command;  // what follows "--", of a command that takes one
  bool wants_help = false;

  bool Has(const std::string& flag) const { return flags.contains(flag); }
  std::optional<std::string> Find(const std::string& flag) const;  // the last one given
  // The value; `fallback` where it is missing or empty.
  std::string Text(const std::string& flag, const std::string& fallback = "") const;
  std::vector<std::string> All(const std::string& flag) const;  // of a repeatable flag
  std::string Operand() const { return operands.empty() ? "" : operands[0]; }

  // InvalidArgument names the flag, the value and what is allowed.
  absl::StatusOr<int64_t> Whole(const std::string& flag, int64_t fallback, int64_t minimum,
                                int64_t maximum) const;
  // One of the enum's names; see common/base/named.h.
  template <typename Enum>
  absl::StatusOr<Enum> Choice(const std::string& flag, Enum fallback,
                              const std::vector<Enum>& choices) const {
    const std::optional<std::string> text = Find(flag);
    if (!text) return fallback;
    std::vector<std::string_view> names;
    for (const Enum choice : choices) {
      if (NameOf(choice) == *text) return choice;
      names.push_back(NameOf(choice));
    }
    return UnknownName(flag.substr(2), *text, names);
  }
};

// By the commands and flags of the tree. InvalidArgument is one line; for a typing error it names
// the likely word.
absl::StatusOr<CommandWords> ParseWords(const CommandTree& tree,
                                        const std::vector<std::string>& arguments);

}  // namespace powerdown
