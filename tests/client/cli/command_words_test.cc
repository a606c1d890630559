#include "client/cli/command_words.h"

#include <gtest/gtest.h>

#include "client/cli/command_table.h"

namespace powerdown {
namespace {

absl::StatusOr<CommandWords> Parse(std::vector<std::string> arguments) {
  return ParseWords(Commands(), arguments);
}

std::string ErrorOf(std::vector<std::string> arguments) {
  const auto words = Parse(std::move(arguments));
  return words.ok() ? "no error" : std::string(words.status().message());
}

TEST(CommandWordsTest, GlobalFlagsStandBeforeAndBehind) {
  const auto before = Parse({"--output", "json", "run", "show", "01k9"});
  const auto behind = Parse({"run", "show", "01k9", "--output=json"});
  ASSERT_TRUE(before.ok() && behind.ok());
  EXPECT_EQ(before->Find("--output"), "json");
  EXPECT_EQ(before->flags, behind->flags);
  EXPECT_EQ(behind->path, (std::vector<std::string>{"run", "show"}));
  EXPECT_EQ(behind->operands, std::vector<std::string>{"01k9"});
}

TEST(CommandWordsTest, RepeatableFlagsKeepAllOthersComeOnce) {
  const auto words = Parse({"quiz", "01k9", "--ask", "1 + 2", "--ask", "3 + 4"});
  ASSERT_TRUE(words.ok()) << words.status();
  EXPECT_EQ(words->flags.at("--ask"), (std::vector<std::string>{"1 + 2", "3 + 4"}));
  EXPECT_EQ(ErrorOf({"compare", "--seed", "1", "--seed", "2"}), "--seed was given more than once");
}

TEST(CommandWordsTest, TypingErrorsAreGuessed) {
  EXPECT_EQ(ErrorOf({"comapre"}),
            "\"comapre\" is not a command of powerdown; did you mean compare?");
  EXPECT_EQ(ErrorOf({"run", "submt"}),
            "\"submt\" is not a command of powerdown run; did you mean submit?");
  EXPECT_EQ(ErrorOf({"compare", "--moduls=5"}),
            "\"--moduls\" is not a flag of powerdown compare; did you mean --modulus?");
}

TEST(CommandWordsTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(ErrorOf({"run", "show"}), "powerdown run show needs RUN");
  EXPECT_EQ(ErrorOf({"run", "show", "a", "b"}),
            "\"b\" is one word too many for powerdown run show");
  EXPECT_EQ(ErrorOf({"compare", "--modulus"}), "--modulus needs a value");
  EXPECT_EQ(ErrorOf({"run", "submit", "--name", "--wait"}), "--name needs a value, not --wait");
  EXPECT_EQ(ErrorOf({"server"}),
            "powerdown server needs a command: one of info, doctor, backup, restore, pair, add, "
            "list, use, remove, rename, audit");
}

TEST(CommandWordsTest, OperandMayBeCalledLikeACommand) {
  const auto words = Parse({"run", "show", "list"});
  ASSERT_TRUE(words.ok()) << words.status();
  EXPECT_EQ(words->operands, std::vector<std::string>{"list"});
}

TEST(CommandWordsTest, HelpWinsWhereverItStands) {
  const auto words = Parse({"run", "show", "-h"});
  ASSERT_TRUE(words.ok()) << words.status();
  EXPECT_TRUE(words->wants_help);
  EXPECT_EQ(words->path, (std::vector<std::string>{"run", "show"}));
}

TEST(CommandWordsTest, ValuesMayBeNegativeOrHoldSpaces) {
  const auto words = Parse({"compare", "--modulus", "-1", "--task", "(x + y)^2"});
  ASSERT_TRUE(words.ok()) << words.status();
  EXPECT_EQ(words->Find("--modulus"), "-1");
  EXPECT_EQ(words->Find("--task"), "(x + y)^2");
}

}  // namespace
}  // namespace powerdown
