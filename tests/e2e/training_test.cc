// Tasks from files, sweeps and their report, with the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class TrainingTest : public ::testing::Test {
 protected:
  CommandResult Cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--output", "json"});
    return daemon_.Cli(arguments);
  }
  Json CliJson(const std::vector<std::string>& arguments) {
    const CommandResult result = Cli(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors << daemon_.errors();
    return Json::parse(result.output, nullptr, false);
  }
  std::string WriteFile(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  TemporaryFolder folder_;
  DaemonProcess daemon_{folder_.path()};
};

std::string ShuffledS4() {
  std::vector<std::string> permutations;
  for (std::string next = "0123";;) {
    permutations.push_back(next);
    if (!std::next_permutation(next.begin(), next.end())) break;
  }
  std::vector<std::string> lines;
  for (const std::string& a : permutations) {
    for (const std::string& b : permutations) {
      std::string product;
      for (const char k : b) product.push_back(a[static_cast<size_t>(k - '0')]);
      lines.push_back(a + "," + b + "," + product + "\n");
    }
  }
  std::shuffle(lines.begin(), lines.end(), std::mt19937(7));
  std::string text = "x,y,answer\n";
  for (const std::string& line : lines) text += line;
  return text;
}

TEST_F(TrainingTest, AShuffledTableOfS4GroksAtTheStepOfS4) {
  const std::vector<std::string> spec = {
      "--wait", "--model",        "quadratic", "--loss",           "mse", "--learning-rate",
      "0.004",  "--weight-decay", "1",         "--train-fraction", "0.7", "--hidden",
      "256",    "--max-steps",    "3000"};
  const auto train = [&](const std::string& task) {
    std::vector<std::string> words = {"run", "submit", "--task", task};
    words.insert(words.end(), spec.begin(), spec.end());
    return CliJson(words);
  };
  const Json named = train("s4");
  const Json table = train("table:" + WriteFile("s4.csv", ShuffledS4()));
  ASSERT_TRUE(named.contains("grok_step")) << named;
  EXPECT_EQ(table.at("grok_step"), named.at("grok_step"));
  EXPECT_EQ(table.at("steps"), named.at("steps"));
  EXPECT_THAT(table.at("name").get<std::string>(), HasSubstr("s4.csv"));
  const Json quiz = CliJson({"quiz", table.at("run_id"), "--at", "grokked", "--count", "50"});
  EXPECT_GT(quiz.at("score"), 0.9);
}

TEST_F(TrainingTest, ABadLineOfATableIsNamed) {
  const std::string path = WriteFile("bad.csv", "a,b,c\nb,a\n");
  const CommandResult result = Cli({"run", "submit", "--task", "table:" + path});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("bad.csv: line 2: \"b,a\" has 2 fields"));
}

TEST_F(TrainingTest, ASweepIsQueuedNamedGroupedAndReported) {
  const Json runs =
      CliJson({"run", "submit", "--sweep", "seed=0..2,weight_decay=0.5|1", "--name", "decay",
               "--modulus", "7", "--width", "8", "--hidden", "16", "--max-steps", "40", "--wait"});
  ASSERT_EQ(runs.size(), 6u);
  EXPECT_EQ(runs[5].at("name"), "decay seed=2 weight_decay=1");
  for (const Json& run : runs) {
    EXPECT_EQ(run.at("state"), "finished");
    EXPECT_EQ(run.at("tags"), Json::array({"sweep:decay"}));
  }
  const Json report = CliJson({"report", "tag = \"sweep:decay\""}).at("runs");
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report[0].at("task"), "addition");
  EXPECT_EQ(report[0].at("runs"), 6);
  EXPECT_EQ(CliJson({"report", "tag = \"none\""}).at("runs").size(), 0u);
}

void ExpectGrokked(const Json& runs) {
  for (const Json& run : runs) {
    EXPECT_EQ(run.at("state"), "stopped") << run.at("name");
    EXPECT_GT(run.at("grok_step"), run.at("memorised_step")) << run.at("name");
  }
}

// Some rows of docs/specs-that-grok.md.
TEST_F(TrainingTest, DocumentedQuadraticSpecsGrok) {
  const Json runs =
      CliJson({"run", "submit", "--wait", "--sweep", "task=mixed-division|s4", "--model",
               "quadratic", "--loss", "mse", "--hidden", "256", "--learning-rate", "0.004",
               "--weight-decay", "1", "--train-fraction", "0.7", "--max-steps", "1500"});
  ASSERT_EQ(runs.size(), 2u);
  ExpectGrokked(runs);
}

TEST_F(TrainingTest, DocumentedMlpSpecsGrok) {
  const Json runs =
      CliJson({"run", "submit", "--wait", "--sweep", "task=multiplication|division|x2+y2|(x + y)^2",
               "--max-steps", "3000"});
  ASSERT_EQ(runs.size(), 4u);
  ExpectGrokked(runs);
}

TEST_F(TrainingTest, ARandomTableIsMemorisedAndNeverGroks) {
  const Json run = CliJson({"run", "submit", "--wait", "--task", "random-labels", "--model",
                            "quadratic", "--loss", "mse", "--learning-rate", "0.004",
                            "--weight-decay", "1", "--modulus", "31", "--max-steps", "1500"});
  EXPECT_EQ(run.at("state"), "finished");
  EXPECT_TRUE(run.contains("memorised_step"));
  EXPECT_FALSE(run.contains("grok_step"));
  EXPECT_LT(run.at("validation_accuracy"), 0.2);
}

TEST_F(TrainingTest, AGrokIsReportedWithTheEnergyAfterIt) {
  CliJson({"run", "submit", "--wait", "--auto-stop", "observe", "--max-steps", "400", "--model",
           "quadratic", "--loss", "mse", "--learning-rate", "0.01", "--weight-decay", "1",
           "--modulus", "31"});
  const Json report = CliJson({"report"}).at("runs");
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report[0].at("grokked_runs"), 1);
  EXPECT_EQ(report[0].at("grok_step").at("lowest"), report[0].at("grok_step").at("highest"));
  EXPECT_GT(report[0].at("share_after_grok"), 0);
  EXPECT_LT(report[0].at("share_after_grok"), 1);
}

}  // namespace
}  // namespace powerdown
