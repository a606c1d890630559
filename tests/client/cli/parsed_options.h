// The options that a command reads from a command line, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/cli/command_line.h"
#include "client/cli/command_table.h"

namespace powerdown {

template <typename Options>
Options ParsedBy(absl::StatusOr<Options> (*read)(const CommandWords&),
                 const std::vector<std::string>& arguments) {
  const auto words = ParseWords(Commands(), arguments);
  EXPECT_TRUE(words.ok()) << words.status();
  if (!words.ok()) return Options();
  const absl::StatusOr<Options> options = read(*words);
  EXPECT_TRUE(options.ok()) << options.status();
  return options.value_or(Options());
}

inline std::string CommandLineError(const std::vector<std::string>& arguments) {
  const auto invocation = ParseCommandLine(arguments);
  EXPECT_TRUE(absl::IsInvalidArgument(invocation.status())) << invocation.status();
  return std::string(invocation.status().message());
}

}  // namespace powerdown
