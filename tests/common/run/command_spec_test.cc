#include "common/run/command_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/run/run_json.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CommandSpec Training() {
  CommandSpec command;
  command.words = {"python3", "train.py"};
  command.directory = "/home/ada";
  return command;
}

std::string Problem(const CommandSpec& command, const std::vector<std::string>& environment = {}) {
  return std::string(ValidateCommand(command, environment).message());
}

TEST(CommandSpecTest, TakesAPlainCommand) {
  EXPECT_EQ(Problem(Training()), "");
}

TEST(CommandSpecTest, RefusesWhatCannotBeStarted) {
  CommandSpec command = Training();
  command.words.clear();
  EXPECT_THAT(Problem(command), HasSubstr("command: is empty"));
  command.words = {""};
  EXPECT_THAT(Problem(command), HasSubstr("command: is empty"));
  command.words = {"python3", std::string("a\0b", 3)};
  EXPECT_THAT(Problem(command), HasSubstr("byte 0"));
  command = Training();
  command.directory = "home/ada";
  EXPECT_THAT(Problem(command), HasSubstr("directory: \"home/ada\" is not allowed"));
}

TEST(CommandSpecTest, ACommandIsBounded) {
  CommandSpec command = Training();
  command.words.emplace_back(kMostCommandBytes - 15, 'x');
  EXPECT_EQ(Problem(command), "");
  command.words.back() += 'x';
  EXPECT_THAT(Problem(command), HasSubstr("bytes; allowed: up to 32768"));
  command = Training();
  command.words.resize(kMostCommandWords, "x");
  EXPECT_EQ(Problem(command), "");
  command.words.emplace_back("x");
  EXPECT_THAT(Problem(command), HasSubstr("words; allowed: up to 1000"));
  command = Training();
  command.reports.resize(kMostReportSources + 1, "csv:log.csv");
  EXPECT_THAT(Problem(command), HasSubstr("reports: 17 sources"));
  command = Training();
  command.retries = kMostRetries + 1;
  EXPECT_THAT(Problem(command), HasSubstr("retries: 101 is out of range"));
}

TEST(CommandSpecTest, RefusesVariablesThatChangeWhichCodeIsLoaded) {
  for (const char* variable : {"LD_PRELOAD=/tmp/x.so", "LD_AUDIT=/tmp/x.so", "GCONV_PATH=/tmp",
                               "DYLD_INSERT_LIBRARIES=x", "BASH_ENV=/tmp/x", "GLIBC_TUNABLES=x",
                               "POWERDOWN_REPORTS=/etc/passwd", "BASH_FUNC_ls%%=() { x; }"}) {
    CommandSpec command = Training();
    command.variables = VariableNames({variable});
    EXPECT_THAT(Problem(command, {variable}), HasSubstr("env: ")) << variable;
  }
  CommandSpec command = Training();
  command.variables = {"SEED", "LD_LIBRARY_PATH"};
  EXPECT_EQ(Problem(command, {"SEED=3", "LD_LIBRARY_PATH=/opt/lib"}), "");
}

TEST(CommandSpecTest, NeverTellsTheValueOfAVariable) {
  CommandSpec command = Training();
  command.variables = VariableNames({"1KEY=hunter2"});
  const std::string problem = Problem(command, {"1KEY=hunter2"});
  EXPECT_THAT(problem, HasSubstr("env: \"1KEY\""));
  EXPECT_THAT(problem, ::testing::Not(HasSubstr("hunter2")));
  command.variables = {"OTHER"};
  EXPECT_THAT(Problem(command, {"KEY=1"}), HasSubstr("not those of the command's variables"));
}

TEST(CommandSpecTest, RefusesUnknownSources) {
  CommandSpec command = Training();
  command.reports = {"stdout:epoch (?P<step>\\d+)", "csv:log.csv", "jsonl:x", "tensorboard:runs"};
  EXPECT_EQ(Problem(command), "");
  for (const char* source : {"channel:/etc/passwd", "csv:", "xml:a", ""}) {
    command.reports = {source};
    EXPECT_THAT(Problem(command), HasSubstr("reports: ")) << source;
  }
  command = Training();
  command.columns = {"validation_accuracy"};
  EXPECT_THAT(Problem(command), HasSubstr("column: "));
  command = Training();
  command.accuracies = "per cent";
  EXPECT_THAT(Problem(command), HasSubstr("percent, fraction"));
}

TEST(CommandSpecTest, ReadsGoals) {
  const Goal accuracy = *ParseGoal("validation_accuracy >= 0.94");
  EXPECT_EQ(accuracy.metric, "validation_accuracy");
  EXPECT_TRUE(accuracy.is_at_least);
  EXPECT_DOUBLE_EQ(accuracy.threshold, 0.94);
  EXPECT_FALSE(ParseGoal("val_loss<=0.8")->is_at_least);
  EXPECT_EQ(ParseGoal("")->metric, "validation_accuracy");
  for (const char* text : {"validation_accuracy", "validation_accuracy > 0.9", ">= 0.9",
                           "loss <= 0", "loss <= -1", "loss <= nan", "a b >= 0.5", "x >= 0.5 or"}) {
    EXPECT_THAT(std::string(ParseGoal(text).status().message()), HasSubstr("generalised: "))
        << text;
  }
}

TEST(CommandSpecTest, AScoreRisesTowardsTheGoal) {
  const Goal loss = *ParseGoal("loss <= 0.8");
  EXPECT_LT(loss.ScoreOf(2), loss.ScoreOf(1));
  EXPECT_DOUBLE_EQ(loss.ScoreOf(0.8), loss.score_threshold());
  EXPECT_GT(loss.ScoreOf(0.1), loss.score_threshold());
  EXPECT_DOUBLE_EQ(loss.ScoreOf(0), 1);
  const Goal percent = *ParseGoal("bleu >= 30");
  EXPECT_DOUBLE_EQ(percent.score_threshold(), 0.5);
  EXPECT_LT(percent.ScoreOf(20), 0.5);
  EXPECT_DOUBLE_EQ(ParseGoal("a >= 0.94")->score_threshold(), 0.94);
}

TEST(CommandSpecTest, IsShownAsAShellTakesIt) {
  CommandSpec command = Training();
  command.words = {"sh", "-c", "echo 'a b'", ""};
  EXPECT_EQ(CommandText(command), R"(sh -c 'echo '\''a b'\''' '')");
}

TEST(CommandSpecTest, ItsJsonIsReadBack) {
  CommandSpec command = Training();
  command.variables = {"SEED"};
  command.account = "ada";
  command.reports = {"csv:a.csv"};
  command.columns = {"validation_accuracy=val"};
  command.accuracies = "fraction";
  command.generalised = "loss <= 0.5";
  command.stop_signal = StopSignal::kUsr1;
  command.stop_grace_seconds = 5;
  command.kills = true;
  command.time_limit_seconds = 60;
  command.retries = 2;
  command.max_steps = 1000;
  EXPECT_EQ(*CommandFromJson(CommandToJson(command)), command);
  EXPECT_FALSE(CommandFromJson("[]").ok());
  EXPECT_THAT(*TextsFromJson(TextsToJson({"a", "b=\"c\""})), ElementsAre("a", "b=\"c\""));
  EXPECT_EQ(TextsToJson({}), "");
  EXPECT_FALSE(TextsFromJson("[1]").ok());
}

}  // namespace
}  // namespace powerdown
