// Quizzes with the real programs: live models, checkpoints, clients that go, damaged files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kQuickSpec = {};  // the default run groks in two seconds
const std::vector<std::string> kEndlessQuizSpec = {"--task", "random-labels", "--modulus",
                                                   "23",     "--max-steps",   "5000000"};

class QuizJourneyTest : public ::testing::Test {
 protected:
  static std::vector<std::string> Words(std::vector<std::string> first,
                                        const std::vector<std::string>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
  }
  Json CliJson(const std::vector<std::string>& arguments) {
    const CommandResult result = daemon_.Cli(Words(arguments, {"--output", "json"}));
    EXPECT_EQ(result.exit_code, 0) << result.errors << daemon_.errors();
    return Json::parse(result.output, nullptr, false);
  }
  Json Train(const std::vector<std::string>& spec) {
    return CliJson(Words({"run", "submit", "--wait"}, spec));
  }
  std::string StartEndless() {
    const std::string run_id = CliJson(Words({"run", "submit"}, kEndlessQuizSpec)).at("run_id");
    auto watch = daemon_.StartCli({"run", "watch", run_id, "--output", "jsonl"});
    while (auto line = watch->ReadLine()) {
      if (Json::parse(*line).value("step", 0) >= 20) break;
    }
    return run_id;
  }
  // The recorded validation accuracy by step.
  std::map<int64_t, double> Recorded(const std::string& run_id) {
    std::map<int64_t, double> recorded;
    auto watch = daemon_.StartCli({"run", "watch", run_id, "--output", "jsonl"});
    while (auto line = watch->ReadLine()) {
      const Json update = Json::parse(*line);
      if (update.contains("validation_accuracy")) {
        recorded[update.at("step")] = update.at("validation_accuracy");
      }
    }
    return recorded;
  }
  static int64_t CountRight(const Json& quiz) {
    int64_t right = 0;
    for (const Json& question : quiz.at("questions")) {
      EXPECT_TRUE(question.at("held_out").get<bool>());
      right += question.at("correct").get<bool>() ? 1 : 0;
    }
    return right;
  }
  size_t Workers() const { return ChildrenOf(daemon_.process().pid()).size(); }

  TemporaryFolder folder_;
  mutable DaemonProcess daemon_{folder_.path()};
};

TEST_F(QuizJourneyTest, DefaultRunIsWrongBeforeRightAfterAndCountsAsRecorded) {
  const std::string run_id = Train({}).at("run_id");
  const std::map<int64_t, double> recorded = Recorded(run_id);
  std::map<std::string, double> scores;
  for (const std::string at : {"memorised", "grokked", "stop"}) {
    const Json quiz = CliJson({"quiz", run_id, "--at", at, "--count", "10000"});
    const auto asked = static_cast<double>(quiz.at("questions").size());
    EXPECT_GE(asked, 200);
    EXPECT_EQ(CountRight(quiz), std::llround(recorded.at(quiz.at("at_step")) * asked)) << at;
    scores[at] = quiz.at("score");
  }
  EXPECT_LT(scores.at("memorised"), 0.2);
  EXPECT_GT(scores.at("grokked"), 0.98);
}

TEST_F(QuizJourneyTest, GridSequenceShowsThirtyFramesAndMore) {
  const std::string run_id = Train({}).at("run_id");
  const std::string file = folder_.path() + "/table.png";
  const Json drawn = CliJson({"quiz", run_id, "--at", "all", "--grid", file});
  EXPECT_GE(drawn.size(), 30u);
  int between = 0;
  for (const Json& grid : drawn) {
    EXPECT_GT(std::filesystem::file_size(grid.at("file").get<std::string>()), 1000u);
    if (grid.at("score") > 0.05 && grid.at("score") < 0.95) ++between;
  }
  EXPECT_GE(between, 10);
}

TEST_F(QuizJourneyTest, LiveModelAnswersWhileItTrainsAndStaysAtChance) {
  const std::string run_id = StartEndless();
  const Json first = CliJson({"quiz", run_id, "--at", "latest", "--count", "200"});
  EXPECT_EQ(first.at("checkpoint"), "");
  EXPECT_LT(first.at("score"), 0.2);
  const Json second = CliJson({"quiz", run_id, "--at", "latest", "--ask", "3,4"});
  EXPECT_GE(second.at("at_step"), first.at("at_step"));
  EXPECT_EQ(Workers(), 1u);  // the run's own; no quiz worker was started
  EXPECT_EQ(CliJson({"run", "show", run_id}).at("state"), "running");
}

TEST_F(QuizJourneyTest, QuizzedRunEndsWithTheBitsOfAnUnquizzedOne) {
  const std::vector<std::string> spec = {"--modulus", "23",          "--max-steps",
                                         "4000",      "--auto-stop", "off"};
  const auto hash_of = [](const Json& run) {
    std::string hash;
    for (const Json& checkpoint : run.at("checkpoints")) {
      if (checkpoint.value("label", "") == "last") hash = checkpoint.at("sha256");
    }
    return hash;
  };
  const std::string alone = hash_of(Train(spec));
  const std::string run_id = CliJson(Words({"run", "submit"}, spec)).at("run_id");
  int live = 0;
  Json run;
  do {
    const CommandResult quiz = daemon_.Cli({"quiz", run_id, "--at", "latest", "--output", "json"});
    if (quiz.exit_code == 0) live += Json::parse(quiz.output).at("checkpoint") == "" ? 1 : 0;
    run = CliJson({"run", "show", run_id});
  } while (run.at("state") == "running" || run.at("state") == "queued");
  EXPECT_GT(live, 0);
  EXPECT_NE(alone, "");
  EXPECT_EQ(hash_of(run), alone);
}

TEST_F(QuizJourneyTest, ThirtyTwoClientsThatGoLeaveNoWorkerBehind) {
  const std::string run_id = Train(kQuickSpec).at("run_id");
  const std::string endless = StartEndless();
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<ChildProcess>> clients;
    for (int i = 0; i < 32; ++i) {
      const bool is_live = i % 2 == 0;
      clients.push_back(daemon_.StartCli({"quiz", is_live ? endless : run_id, "--at",
                                          is_live ? "latest" : "grokked", "--count", "200"}));
    }
    std::shuffle(clients.begin(), clients.end(), random);
    for (size_t i = 0; i < clients.size(); ++i) {
      if (i % 2 == 0) clients[i]->ReadLine();  // this one waits for its answer first
      clients[i]->Signal(SIGKILL);
      clients[i]->Wait();
    }
  }
  EXPECT_LE(Workers(), 2u);  // the endless run's and the quiz's
  EXPECT_EQ(CliJson({"quiz", run_id, "--at", "grokked"}).at("questions").size(), 10u);
  EXPECT_EQ(CliJson({"run", "show", endless}).at("state"), "running");
  const std::vector<pid_t> workers = ChildrenOf(daemon_.process().pid());
  daemon_.process().Signal(SIGTERM);
  EXPECT_EQ(daemon_.process().Wait(), 0);
  for (const pid_t worker : workers) EXPECT_NE(kill(worker, 0), 0) << worker;
}

TEST_F(QuizJourneyTest, EditedAndMissingCheckpointsAndBadQuestionsAreClearErrors) {
  const Json run = Train({"--modulus", "23", "--max-steps", "60"});
  const std::string run_id = run.at("run_id");
  ASSERT_EQ(daemon_.Cli({"quiz", run_id, "--at", "last"}).exit_code, 0);
  std::string last;
  for (const auto& file : std::filesystem::recursive_directory_iterator(daemon_.state_dir())) {
    if (file.path().filename().string().ends_with("-last.ckpt")) last = file.path();
  }
  std::fstream bytes(last, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(-100, std::ios::end);
  bytes.put('x');
  bytes.close();
  struct Bad {
    std::vector<std::string> flags;
    int exit_code;
    std::string words;
  };
  const auto expect = [&](const Bad& bad) {
    const CommandResult result = daemon_.Cli(Words({"quiz", run_id}, bad.flags));
    EXPECT_EQ(result.exit_code, bad.exit_code) << bad.words << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(bad.words));
  };
  expect({{"--at", "last"}, 1, "checksum"});
  std::filesystem::remove(last);
  expect({{"--at", "last"}, 3, "the checkpoint's file is gone"});
  expect({{"--at", "yesterday"}, 3, "yesterday"});
  expect({{"--at", "0", "--ask", "3 + 99"}, 2, "allowed: 0 to 22"});
  expect({{"--at", "0", "--ask", "1 + 2 + 3"}, 2, "has 3 operands"});
  expect({{"--at", "0", "--ask", "one"}, 2, "1 operand"});
  expect({{"--count", "0"}, 2, "count"});
  expect({{"--at", "0", "--grid", "/nonexistent/x.png"}, 1, "/nonexistent/x.png"});
}

}  // namespace
}  // namespace powerdown
