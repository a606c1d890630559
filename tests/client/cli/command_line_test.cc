#include "client/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

template <typename T>
T Parsed(const std::vector<std::string>& arguments) {
  const auto invocation = ParseCommandLine(arguments);
  EXPECT_TRUE(invocation.ok()) << invocation.status();
  if (!invocation.ok() || !std::holds_alternative<T>(invocation->command)) {
    ADD_FAILURE() << "another command";
    return T();
  }
  return std::get<T>(invocation->command);
}

std::string ErrorOf(const std::vector<std::string>& arguments) {
  const auto invocation = ParseCommandLine(arguments);
  EXPECT_TRUE(absl::IsInvalidArgument(invocation.status()));
  return std::string(invocation.status().message());
}

class SpecFile {
 public:
  explicit SpecFile(const std::string& text) {
    std::string pattern = std::filesystem::temp_directory_path() / "powerdown-spec-XXXXXX";
    close(mkstemp(pattern.data()));
    path_ = pattern;
    std::ofstream(path_) << text;
  }
  ~SpecFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(CommandLineTest, EveryFieldOfTheSpecIsAFlag) {
  for (const SpecField& field : SpecFields()) {
    if (field.is_content) continue;
    std::string flag = "--" + std::string(field.name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    const std::string value = SpecFieldText(RunSpec(), field);
    EXPECT_EQ(Parsed<SubmitCommand>({"run", "submit", flag, value}).spec, RunSpec()) << flag;
  }
  EXPECT_EQ(Parsed<SubmitCommand>({"run", "submit", "--batch-size", "32"}).spec.batch_size, 32);
}

TEST(CommandLineTest, FlagsComeBeforeTheSpecFile) {
  const SpecFile file("modulus = 31\nseed = 4\n");
  const RunSpec spec =
      Parsed<SubmitCommand>({"run", "submit", "--spec", file.path(), "--seed", "5"}).spec;
  EXPECT_EQ(spec.modulus, 31);
  EXPECT_EQ(spec.seed, 5);
  EXPECT_THAT(ErrorOf({"run", "submit", "--spec", "/nonexistent.toml"}),
              HasSubstr("No such file or directory"));
}

TEST(CommandLineTest, ATableIsReadAndSentWithTheSpec) {
  const SpecFile file("x,y,answer\na,b,c\nb,a,c\na,a,d\n");
  const std::string task = "table:" + file.path();
  const RunSpec spec = Parsed<SubmitCommand>({"run", "submit", "--task", task}).spec;
  EXPECT_EQ(spec.task, task);
  EXPECT_EQ(spec.table, "x,y,answer\na,b,c\nb,a,c\na,a,d\n");
  EXPECT_THAT(ErrorOf({"run", "submit", "--task", "table:/nonexistent.csv"}),
              HasSubstr("task: cannot read \"/nonexistent.csv\": No such file"));
  const SpecFile bad("a,b,c\nb,a\n");
  EXPECT_EQ(ErrorOf({"run", "submit", "--task", "table:" + bad.path()}),
            "task: " + bad.path() + ": line 2: \"b,a\" has 2 fields; allowed: x,y,answer");
}

TEST(CommandLineTest, BadValuesNameFieldValueAndRange) {
  EXPECT_EQ(ErrorOf({"run", "submit", "--modulus", "1"}),
            "modulus: 1 is out of range; allowed: 2 to 1000");
  EXPECT_THAT(ErrorOf({"compare", "--schedule", "sometimes"}), HasSubstr("schedule"));
  EXPECT_THAT(ErrorOf({"run", "submit", "--auto-stop", "sure"}), HasSubstr("sure"));
  EXPECT_THAT(ErrorOf({"run", "list", "--output", "jso"}), HasSubstr("did you mean \"json\"?"));
  EXPECT_THAT(ErrorOf({"run", "list", "--timeout", "0"}), HasSubstr("timeout"));
  EXPECT_THAT(ErrorOf({"quiz", "01k9", "--count", "0"}), HasSubstr("count"));
}

TEST(CommandLineTest, StepsAreTheScheduleUnlessOneIsGiven) {
  EXPECT_EQ(Parsed<CompareCommand>({"compare"}).schedule, "twice-median");
  EXPECT_EQ(Parsed<CompareCommand>({"compare", "--max-steps", "2000"}).schedule, "2000");
  EXPECT_EQ(Parsed<CompareCommand>({"compare", "--max-steps", "2000", "--schedule", "prototype"})
                .schedule,
            "prototype");
}

TEST(CommandLineTest, ComingBackToAComparisonChangesNothingOfIt) {
  EXPECT_EQ(Parsed<CompareCommand>({"compare", "01k9"}).comparison_id, "01k9");
  EXPECT_THAT(ErrorOf({"compare", "01k9", "--seed", "1"}), HasSubstr("--seed"));
}

TEST(CommandLineTest, ListFlagsBecomeOneFilter) {
  EXPECT_EQ(Parsed<ListCommand>(
                {"run", "list", "--state", "running", "--tag", "a\"b", "--filter", "owner = \"x\""})
                .filter,
            "state = \"running\" AND tag = \"a\\\"b\" AND owner = \"x\"");
  EXPECT_EQ(Parsed<ListCommand>({"run", "list", "--queue"}).filter, "state = \"queued\"");
  EXPECT_THAT(ErrorOf({"run", "list", "--state", "runing"}), HasSubstr("runing"));
}

TEST(CommandLineTest, GlobalOptionsAreRead) {
  const auto invocation =
      ParseCommandLine({"run", "list", "--server", "unix:/x", "--output", "jsonl", "--color",
                        "never", "--no-input", "--timeout", "2.5"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_EQ(invocation->globals.server, "unix:/x");
  EXPECT_EQ(invocation->globals.output, OutputFormat::kJsonLines);
  EXPECT_EQ(invocation->globals.color, ColorChoice::kNever);
  EXPECT_TRUE(invocation->globals.has_no_input);
  EXPECT_EQ(invocation->globals.timeout, absl::Milliseconds(2500));
}

TEST(CommandLineTest, HelpAndVersionNeedNothingElse) {
  EXPECT_EQ(Parsed<HelpCommand>({}).words, std::vector<std::string>{});
  EXPECT_EQ(Parsed<HelpCommand>({"help", "run", "submit"}).words,
            (std::vector<std::string>{"run", "submit"}));
  EXPECT_EQ(Parsed<HelpCommand>({"run", "show", "--help"}).words,
            (std::vector<std::string>{"run", "show"}));
  EXPECT_THAT(Parsed<PrintCommand>({"--version"}).text, HasSubstr("powerdown 0."));
  EXPECT_THAT(ErrorOf({"help", "nothing"}), HasSubstr("nothing"));
}

}  // namespace
}  // namespace powerdown
