#include "client/cli/command_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "client/cli/command_table.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<CommandOrder> Read(std::vector<std::string> flags) {
  flags.insert(flags.begin(), {"run", "submit"});
  flags.insert(flags.end(), {"--", "python3", "train.py", "--name", "-x", "--"});
  const absl::StatusOr<CommandWords> words = ParseWords(Commands(), flags);
  if (!words.ok()) return words.status();
  return ReadCommand(*words);
}

TEST(CommandFlagsTest, WhatFollowsTheDashesIsTheCommandAsItIs) {
  const absl::StatusOr<CommandOrder> order = Read({"--name", "mine"});
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_THAT(order->command.words, ElementsAre("python3", "train.py", "--name", "-x", "--"));
  EXPECT_EQ(order->command.directory, std::filesystem::current_path());
}

TEST(CommandFlagsTest, EveryFlagIsRead) {
  setenv("COMMAND_FLAGS_TEST", "here", 1);
  const absl::StatusOr<CommandOrder> order = Read({"--directory",
                                                   "/tmp/",
                                                   "--env",
                                                   "A=1",
                                                   "--env",
                                                   "COMMAND_FLAGS_TEST",
                                                   "--reports",
                                                   "csv:log.csv",
                                                   "--column",
                                                   "validation_accuracy=val",
                                                   "--accuracies",
                                                   "percent",
                                                   "--generalised",
                                                   "loss <= 0.5",
                                                   "--stop-signal",
                                                   "INT",
                                                   "--stop-grace",
                                                   "2m",
                                                   "--kill",
                                                   "--time-limit",
                                                   "1h30m",
                                                   "--retries",
                                                   "2",
                                                   "--max-steps",
                                                   "500"});
  ASSERT_TRUE(order.ok()) << order.status();
  const CommandSpec& command = order->command;
  EXPECT_EQ(command.directory, "/tmp");
  EXPECT_THAT(command.variables, ElementsAre("A", "COMMAND_FLAGS_TEST"));
  EXPECT_THAT(order->environment, ElementsAre("A=1", "COMMAND_FLAGS_TEST=here"));
  EXPECT_THAT(command.reports, ElementsAre("csv:log.csv"));
  EXPECT_THAT(command.columns, ElementsAre("validation_accuracy=val"));
  EXPECT_EQ(command.accuracies, "percent");
  EXPECT_EQ(command.generalised, "loss <= 0.5");
  EXPECT_EQ(command.stop_signal, StopSignal::kInt);
  EXPECT_EQ(command.stop_grace_seconds, 120);
  EXPECT_TRUE(command.kills);
  EXPECT_EQ(command.time_limit_seconds, 5400);
  EXPECT_EQ(command.retries, 2);
  EXPECT_EQ(command.max_steps, 500);
}

TEST(CommandFlagsTest, ErrorsNameTheFlag) {
  const auto problem = [](std::vector<std::string> flags) {
    return std::string(Read(std::move(flags)).status().message());
  };
  EXPECT_THAT(problem({"--stop-grace", "soon"}), HasSubstr("stop-grace: \"soon\""));
  EXPECT_THAT(problem({"--time-limit", "-1"}), HasSubstr("time-limit"));
  EXPECT_THAT(problem({"--stop-signal", "KILL"}), HasSubstr("TERM, INT, USR1"));
  EXPECT_THAT(problem({"--env", "NO_SUCH_VARIABLE_HERE"}), HasSubstr("is not set here"));
  EXPECT_THAT(problem({"--env", "LD_PRELOAD=x"}), HasSubstr("env: \"LD_PRELOAD\""));
  EXPECT_THAT(problem({"--generalised", "x"}), HasSubstr("generalised: "));
}

TEST(CommandFlagsTest, MeanNothingWithoutACommand) {
  const auto words = ParseWords(Commands(), {"run", "submit", "--directory", "/tmp"});
  ASSERT_TRUE(words.ok());
  EXPECT_THAT(std::string(CheckNoCommandFlags(*words).message()),
              HasSubstr("--directory is for a command, which follows after --"));
}

// Of others, what follows the dashes are operands, as before.
TEST(CommandFlagsTest, OtherCommandsTakeNone) {
  const auto words = ParseWords(Commands(), {"run", "show", "--", "128"});
  ASSERT_TRUE(words.ok()) << words.status();
  EXPECT_EQ(words->Operand(), "128");
}

}  // namespace
}  // namespace powerdown
