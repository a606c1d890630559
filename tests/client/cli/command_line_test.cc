#include "client/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

// What a command that needs no daemon prints.
std::string Printed(const std::vector<std::string>& arguments) {
  const auto invocation = ParseCommandLine(arguments);
  EXPECT_TRUE(invocation.ok()) << invocation.status();
  if (!invocation.ok()) return "";
  FILE* out = std::tmpfile();
  Console console(out, stderr, ColorChoice::kNever);
  Session session(invocation->globals, console);
  const auto exit_code = invocation->work(session);
  EXPECT_TRUE(exit_code.ok() && *exit_code == ExitCode::kDone) << exit_code.status();
  std::string text(std::ftell(out), '\0');
  std::rewind(out);
  text.resize(std::fread(text.data(), 1, text.size(), out));
  std::fclose(out);
  return text;
}

std::string HelpOf(const std::vector<std::string>& words) {
  return HelpText(Commands(), words, Style(false));
}

TEST(CommandLineTest, BadValuesNameFieldValueAndRange) {
  EXPECT_EQ(CommandLineError({"run", "submit", "--modulus", "1"}),
            "modulus: 1 is out of range; allowed: 2 to 1000");
  EXPECT_THAT(CommandLineError({"compare", "--schedule", "sometimes"}), HasSubstr("schedule"));
  EXPECT_THAT(CommandLineError({"run", "submit", "--auto-stop", "sure"}), HasSubstr("sure"));
  EXPECT_THAT(CommandLineError({"run", "list", "--output", "jso"}),
              HasSubstr("did you mean \"json\"?"));
  EXPECT_THAT(CommandLineError({"run", "list", "--timeout", "0"}), HasSubstr("timeout"));
  EXPECT_EQ(CommandLineError({"run", "list", "--give-up", "never"}),
            "give-up: \"never\" is not allowed; allowed: seconds above 0");
  EXPECT_THAT(CommandLineError({"quiz", "01k9", "--count", "0"}), HasSubstr("count"));
}

TEST(CommandLineTest, GlobalOptionsAreRead) {
  const auto invocation =
      ParseCommandLine({"run", "list", "--server", "unix:/x", "--output", "jsonl", "--color",
                        "never", "--no-input", "--timeout", "2.5", "--give-up", "60"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_EQ(invocation->globals.server, "unix:/x");
  EXPECT_EQ(invocation->globals.output, OutputFormat::kJsonLines);
  EXPECT_EQ(invocation->globals.color, ColorChoice::kNever);
  EXPECT_TRUE(invocation->globals.has_no_input);
  EXPECT_EQ(invocation->globals.timeout, absl::Milliseconds(2500));
  EXPECT_EQ(invocation->globals.give_up, absl::Minutes(1));
}

TEST(CommandLineTest, ShortFlagsAreTheLongOnes) {
  const auto invocation = ParseCommandLine({"run", "list", "-q", "-o", "json"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_EQ(invocation->globals.output, OutputFormat::kJson);
  EXPECT_TRUE(invocation->globals.is_quiet);
}

TEST(CommandLineTest, TheConfigStandsInForFlagsThatAreNotGiven) {
  const Config config = {{"server", "box"}, {"output", "csv"}};
  const auto given = ParseCommandLine({"run", "list", "-o", "json"}, config);
  EXPECT_EQ(given->globals.output, OutputFormat::kJson);
  EXPECT_EQ(given->globals.default_server, "box");
  EXPECT_EQ(given->globals.server, "");
  EXPECT_EQ(ParseCommandLine({"run", "list"}, config)->globals.output, OutputFormat::kCsv);
}

TEST(CommandLineTest, ACommandMayHaveCommandsOfItsOwn) {
  EXPECT_TRUE(ParseCommandLine({"compare"}).ok());
  EXPECT_TRUE(ParseCommandLine({"compare", "list"}).ok());
  EXPECT_TRUE(ParseCommandLine({"compare", "128"}).ok());
  EXPECT_FALSE(ParseCommandLine({"run"}).ok());
}

TEST(CommandLineTest, HelpAndVersionNeedNothingElse) {
  EXPECT_EQ(Printed({}), HelpOf({}));
  EXPECT_EQ(Printed({"help", "run", "submit"}), HelpOf({"run", "submit"}));
  EXPECT_EQ(Printed({"run", "show", "--help"}), HelpOf({"run", "show"}));
  EXPECT_EQ(Printed({"run", "--help"}), HelpOf({"run"}));
  EXPECT_THAT(Printed({"--version"}), HasSubstr("powerdown 0."));
  EXPECT_THAT(CommandLineError({"help", "nothing"}), HasSubstr("nothing"));
}

TEST(CommandLineTest, UnknownShellIsRefusedWithTheKnownOnes) {
  EXPECT_THAT(CommandLineError({"completion", "bahs"}), HasSubstr("did you mean \"bash\"?"));
}

// A command without work would crash the program. `compare` is a command and a noun.
void CheckHasWork(const CommandTree& command) {
  const bool has_work = command.commands.empty() || command.name == "compare";
  EXPECT_EQ(has_work, command.read != nullptr) << command.name;
  for (const CommandTree& inner : command.commands) CheckHasWork(inner);
}

TEST(CommandLineTest, EveryCommandHasWorkAndNoNounHas) {
  for (const CommandTree& command : Commands().commands) CheckHasWork(command);
}

}  // namespace
}  // namespace powerdown
