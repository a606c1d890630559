#include "client/cli/completion_values.h"

#include <gmock/gmock.h>

#include "client/cli/command_table.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

WordValues OfFlag(const std::vector<std::string>& path, std::string_view name) {
  const CommandTree* command = FindCommand(Commands(), path);
  for (const CommandFlag& flag : command->flags) {
    if (flag.name == name)
      return ValuesOfFlag(path.empty() ? "powerdown" : "powerdown " + path[0], flag);
  }
  ADD_FAILURE() << "no flag " << name;
  return {};
}

TEST(CompletionValuesTest, RunsTasksStatesServersAndFilesAreKnown) {
  EXPECT_EQ(ValuesOfOperand("powerdown run show", {.name = "RUN"}).source, ValueSource::kRuns);
  EXPECT_EQ(ValuesOfOperand("powerdown compare", {.name = "COMPARISON"}).source,
            ValueSource::kRuns);
  EXPECT_EQ(ValuesOfOperand("powerdown server use", {.name = "NAME|ADDRESS"}).source,
            ValueSource::kServers);
  EXPECT_EQ(ValuesOfOperand("powerdown verify", {.name = "FILE"}).source, ValueSource::kFiles);
  EXPECT_THAT(OfFlag({"run", "list"}, "--state").words, Contains("queued"));
  EXPECT_THAT(OfFlag({"run", "submit"}, "--task").words, Contains("multiplication"));
  EXPECT_THAT(OfFlag({"run", "submit"}, "--auto-stop").words, Contains("observe"));
  EXPECT_EQ(OfFlag({"run", "submit"}, "--spec").source, ValueSource::kFiles);
  EXPECT_EQ(OfFlag({"run", "list"}, "--tag").source, ValueSource::kTags);
  EXPECT_THAT(OfFlag({}, "--output").words, Contains("jsonl"));
  EXPECT_EQ(OfFlag({}, "--server").source, ValueSource::kServers);
}

TEST(CompletionValuesTest, ANewNameAndANumberHaveNoValues) {
  EXPECT_TRUE(OfFlag({"run", "submit"}, "--name").empty());
  EXPECT_TRUE(OfFlag({"run", "submit"}, "--seed").empty());
  EXPECT_TRUE(ValuesOfOperand("powerdown user add", {.name = "NAME"}).empty());
}

TEST(CompletionValuesTest, WhatAShellWouldRunIsNoPlainWord) {
  for (const char* text : {"night", "sweep:decay", "a/b", "v1.2", "1e-3"}) {
    EXPECT_TRUE(IsPlainWord(text)) << text;
  }
  for (const char* text : {"", "a b", "$(id)", "`id`", "a;b", "-rf", "a'b", "a\\b", "a\nb", "é*"}) {
    EXPECT_FALSE(IsPlainWord(text)) << text;
  }
  powerdown::Run run = SampleRun();
  run.tags = {"night", "$(touch x)"};
  EXPECT_EQ(TagLines({run}), "night\n");
}

TEST(CompletionValuesTest, ARunIsItsShortIdAndWhatItIs) {
  powerdown::Run run = SampleRun();
  run.short_id = "128";
  run.name = "a\nname\twith controls";
  const std::string lines = RunLines({run});
  EXPECT_THAT(lines, HasSubstr("128\tgrokked, a"));
  EXPECT_THAT(lines, Not(HasSubstr("a\nname")));
  EXPECT_THAT(lines, HasSubstr("last\t"));
  EXPECT_THAT(RunLines({}), IsEmpty());
}

}  // namespace
}  // namespace powerdown
