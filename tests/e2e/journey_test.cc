// The real programs together: daemon, worker and command line in a folder of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <set>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// Never groks, and goes on for as long as a test needs.
const std::vector<std::string> kEndlessSpec = {
    "--task",      "random-labels", "--modulus",        "23",
    "--max-steps", "5000000",       "--evaluate-every", "20"};

std::vector<std::string> Words(std::vector<std::string> first,
                               const std::vector<std::string>& spec) {
  first.insert(first.end(), spec.begin(), spec.end());
  return first;
}

// Of the newest attempt that has one.
std::string HashOf(const Json& run, const std::string& label) {
  std::string hash;
  for (const Json& checkpoint : run.at("checkpoints")) {
    if (checkpoint.value("label", "") == label) hash = checkpoint.at("sha256");
  }
  return hash;
}

class JourneyTest : public ::testing::Test {
 protected:
  Json CliJson(const std::vector<std::string>& arguments, int exit_code = 0) {
    const CommandResult result = daemon_.Cli(Words(arguments, {"--output", "json"}));
    EXPECT_EQ(result.exit_code, exit_code) << result.errors << daemon_.errors();
    return Json::parse(result.output, nullptr, false);
  }
  std::string Submit(const std::vector<std::string>& spec) {
    return CliJson(Words({"run", "submit"}, spec)).at("run_id");
  }
  // Reads the run's updates until `is_it`; what was printed is returned.
  std::vector<Json> WatchUntil(const std::string& run_id,
                               const std::function<bool(const Json&)>& is_it) {
    std::vector<Json> updates;
    auto watch = daemon_.StartCli({"run", "watch", run_id, "--output", "jsonl"});
    while (auto line = watch->ReadLine()) {
      updates.push_back(Json::parse(*line));
      if (is_it(updates.back())) break;
    }
    return updates;
  }

  TemporaryFolder folder_;
  DaemonProcess daemon_{folder_.path()};
};

TEST_F(JourneyTest, DefaultComparisonGroksStopsAndSaves) {
  const Json first = CliJson({"compare"});
  ASSERT_TRUE(first.contains("saved")) << first;
  const int64_t stop = first.at("stopped").at("steps");
  EXPECT_GE(stop, first.at("grok_step").get<int64_t>());
  EXPECT_LT(stop, first.at("usual").at("steps").get<int64_t>());
  EXPECT_LT(std::abs(first.at("accuracy_change").get<double>()), 0.005);
  EXPECT_TRUE(first.at("identical_prefix").get<bool>());
  EXPECT_GT(first.at("saved").at("gross_joules").get<double>(), 0);
  EXPECT_LE(first.at("saved").at("low_joules"), first.at("saved").at("gross_joules"));
  EXPECT_EQ(first.at("fleet").size(), 4u);

  const Json second = CliJson({"compare"});
  EXPECT_EQ(second.at("stopped").at("steps"), stop);
  for (const char* label : {"memorised", "grokked", "stop", "best", "last"}) {
    EXPECT_NE(HashOf(first.at("usual"), label), "") << label;
    EXPECT_EQ(HashOf(first.at("usual"), label), HashOf(second.at("usual"), label)) << label;
  }
}

// From the command to the card: what was saved, a question wrong and then right, a projection.
TEST_F(JourneyTest, AComparisonAndAStoppedRunEndInACardOfEightLines) {
  const auto lines_of = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const CommandResult compared = daemon_.Cli({"compare"});
  ASSERT_EQ(compared.exit_code, 0) << compared.errors;
  EXPECT_LE(lines_of(compared.output), 8);
  for (const char* told : {"Saved ", "of the energy", "✗", "✓ (never trained on)", "grokked at ",
                           "projected, not measured", "compare 1 --details"}) {
    EXPECT_THAT(compared.output, HasSubstr(told));
  }
  const std::string share = compared.output.substr(6, compared.output.find('%') - 6);
  EXPECT_THAT(daemon_.Cli({"compare", "1", "--details"}).output,
              HasSubstr("saved " + share + "% of the energy"));
  EXPECT_THAT(daemon_.Cli({"fleet", "last", "--like", "bert-base"}).output, HasSubstr(share + "%"));

  const CommandResult stopped = daemon_.Cli({"run", "submit", "--wait"});
  ASSERT_EQ(stopped.exit_code, 0) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("✓ (never trained on)"));
  const size_t saved = stopped.errors.find("Saved ");
  ASSERT_NE(saved, std::string::npos) << stopped.errors;
  const std::string own = stopped.errors.substr(saved + 6, 4);
  EXPECT_THAT(daemon_.Cli({"run", "show", "2"}).output, HasSubstr(own));
  EXPECT_THAT(daemon_.Cli({"run", "list"}).output, HasSubstr("stopped early"));
}

TEST_F(JourneyTest, ParallelComparisonTrainsBothToTheSameBits) {
  const Json comparison = CliJson({"compare", "--parallel", "--schedule", "1000"});
  EXPECT_TRUE(comparison.at("identical_prefix").get<bool>());
  EXPECT_NE(comparison.at("usual").at("run_id"), comparison.at("stopped").at("run_id"));
  EXPECT_EQ(comparison.at("usual").at("steps"), 1000);
  EXPECT_NE(HashOf(comparison.at("stopped"), "stop"), "");
  EXPECT_EQ(HashOf(comparison.at("usual"), "stop"), HashOf(comparison.at("stopped"), "stop"));
}

TEST_F(JourneyTest, QuizIsWrongWhenMemorisedAndRightWhenGrokked) {
  const CommandResult run = daemon_.Cli({"run", "submit", "--wait", "--output", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const std::string run_id = Json::parse(run.output).at("run_id");
  EXPECT_LT(CliJson({"quiz", run_id, "--at", "memorised", "--count", "200"}).at("score"), 0.2);
  const Json grokked = CliJson({"quiz", run_id, "--at", "grokked", "--count", "200"});
  EXPECT_GT(grokked.at("score"), 0.98);
  for (const Json& question : grokked.at("questions"))
    EXPECT_TRUE(question.at("held_out").get<bool>());
}

TEST_F(JourneyTest, AWorkerKilledFromOutsideIsStartedAgainAndItsRunGoesOn) {
  const std::string run_id = Submit(kEndlessSpec);
  WatchUntil(run_id, [](const Json& update) { return update.value("step", 0) >= 40; });
  const std::vector<pid_t> workers = ChildrenOf(daemon_.process().pid());
  ASSERT_EQ(workers.size(), 1u);
  kill(workers[0], SIGKILL);
  WatchUntil(run_id, [](const Json& update) {
    return update.contains("train_loss") && update.at("attempt") == 2;
  });
  const Json run = CliJson({"run", "show", run_id});
  EXPECT_EQ(run.at("state"), "running");
  EXPECT_EQ(run.at("attempts").at(0).at("outcome"), "interrupted");
  EXPECT_THAT(
      run.at("attempts").at(0).at("reason").get<std::string>(),
      MatchesRegex("waits: worker killed by signal 9 .not sent by the daemon.* at step [0-9]+"));
  CliJson({"run", "cancel", run_id});

  const Json next =
      CliJson(Words({"run", "submit", "--wait", "--max-steps", "50"}, {"--modulus", "23"}));
  EXPECT_EQ(next.at("state"), "finished");
}

TEST_F(JourneyTest, EveryReportPrintedBeforeTheDaemonWasKilledIsInTheDatabase) {
  const std::string run_id = Submit(kEndlessSpec);
  std::set<std::string> printed;
  auto watch = daemon_.StartCli({"run", "watch", run_id, "--output", "jsonl"});
  while (printed.size() < 40) {
    auto line = watch->ReadLine();
    ASSERT_TRUE(line) << daemon_.errors();
    printed.insert(*line);
  }
  daemon_.process().Signal(SIGKILL);
  daemon_.process().Wait();
  watch->Signal(SIGKILL);
  printed.merge([&] {
    std::set<std::string> rest;
    while (auto line = watch->ReadLine(1)) {
      if (Json::accept(*line)) rest.insert(*line);
    }
    return rest;
  }());

  daemon_.Start();
  std::set<std::string> stored;
  bool is_second_attempt = false;
  auto again = daemon_.StartCli({"run", "watch", run_id, "--output", "jsonl"});
  while (!is_second_attempt) {
    auto line = again->ReadLine();
    ASSERT_TRUE(line) << daemon_.errors();
    stored.insert(*line);
    const Json update = Json::parse(*line);
    is_second_attempt = update.contains("train_loss") && update.at("attempt") == 2;
  }
  for (const std::string& line : printed) EXPECT_TRUE(stored.contains(line)) << line;
  EXPECT_EQ(CliJson({"run", "cancel", run_id}).at("run_id"), run_id);
}

TEST_F(JourneyTest, CleanShutdownCheckpointsAndTheNextDaemonGoesOn) {
  const std::string run_id = Submit(kEndlessSpec);
  WatchUntil(run_id, [](const Json& update) { return update.value("step", 0) >= 100; });
  daemon_.process().Signal(SIGTERM);
  EXPECT_EQ(daemon_.process().Wait(), 0);
  daemon_.Start();
  WatchUntil(run_id, [](const Json& update) {
    return update.contains("train_loss") && update.at("attempt") == 2;
  });
  const Json run = CliJson({"run", "show", run_id});
  ASSERT_EQ(run.at("attempts").size(), 2u);
  EXPECT_GE(run.at("attempts").at(1).at("first_step"), 100);
}

TEST_F(JourneyTest, PausedAndResumedRunEndsWithTheBitsOfAnUninterruptedOne) {
  const std::vector<std::string> spec =
      Words({"--max-steps", "3000"}, {"--modulus", "23", "--auto-stop", "off"});
  const Json whole = CliJson(Words({"run", "submit", "--wait"}, spec));
  const std::string run_id = Submit(spec);
  WatchUntil(run_id, [](const Json& update) { return update.value("step", 0) >= 100; });
  EXPECT_EQ(daemon_.Cli({"run", "pause", run_id}).exit_code, 0);
  WatchUntil(run_id, [](const Json& update) {
    return update.value("event", "") == "state" &&
           update.dump().find("paused") != std::string::npos;
  });
  EXPECT_EQ(daemon_.Cli({"run", "resume", run_id}).exit_code, 0);
  WatchUntil(run_id, [](const Json&) { return false; });
  const Json resumed = CliJson({"run", "show", run_id});
  EXPECT_EQ(resumed.at("attempts").size(), 2u);
  EXPECT_EQ(HashOf(resumed, "last"), HashOf(whole, "last"));
}

TEST_F(JourneyTest, TwentyInterruptionsAtRandomStepsLeaveTheBitsOfAnUninterruptedRun) {
  const std::vector<std::string> spec =
      Words({"--max-steps", "3000"}, {"--modulus", "23", "--auto-stop", "off"});
  const Json whole = CliJson(Words({"run", "submit", "--wait"}, spec));
  const std::string run_id = Submit(spec);
  // A watch tells everything again from the run's beginning.
  const auto is_nth = [](const char* state, int nth) {
    return [state, left = nth](const Json& update) mutable {
      return update.value("event", "") == "state" && update.at("details").at("state") == state &&
             --left == 0;
    };
  };
  std::mt19937 random(20);
  for (int i = 0; i < 20; ++i) {
    const int64_t attempt = i + 1;
    const int64_t reports = 1 + static_cast<int64_t>(random() % 8);
    int64_t seen = 0;
    WatchUntil(run_id, [&](const Json& update) {
      return update.contains("train_loss") && update.at("attempt") == attempt && ++seen >= reports;
    });
    ASSERT_EQ(seen, reports) << "attempt " << attempt << daemon_.errors();
    if (i % 3 == 0) {
      ASSERT_EQ(daemon_.Cli({"run", "pause", run_id}).exit_code, 0);
      WatchUntil(run_id, is_nth("paused", i / 3 + 1));
    } else if (i % 3 == 1) {
      for (const pid_t worker : ChildrenOf(daemon_.process().pid())) kill(worker, SIGKILL);
      continue;  // Goes on by itself.
    } else {
      daemon_.process().Signal(SIGKILL);
      daemon_.process().Wait();
      daemon_.Start();
      continue;  // Goes on by itself.
    }
    const CommandResult resumed = daemon_.Cli({"run", "resume", run_id});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  }
  WatchUntil(run_id, [](const Json&) { return false; });
  const Json run = CliJson({"run", "show", run_id});
  EXPECT_EQ(run.at("state"), "finished");
  EXPECT_EQ(run.at("attempts").size(), 21u);
  EXPECT_EQ(HashOf(run, "last"), HashOf(whole, "last"));
}

struct BadInput {
  std::vector<std::string> arguments;
  int exit_code;
  std::string words;
};

TEST_F(JourneyTest, BadInputGetsOneClearLineAndItsExitCode) {
  const std::vector<BadInput> cases = {
      {{"run", "submit", "--modulus", "1"}, 2, "modulus"},
      {{"run", "submit", "--train-fraction", "1.5"}, 2, "train_fraction"},
      {{"run", "submit", "--task", "adition"}, 2, "task"},
      {{"run", "submit", "--batch-size", "10000000000"}, 2, "batch_size"},
      {{"run", "submit", "--no-such-flag"}, 2, "no-such-flag"},
      {{"run", "submit", "--device", "mps"}, 2, "allowed: auto, cpu"},
      {{"compare", "--schedule", "sometimes"}, 2, "schedule"},
      {{"run", "show", "01zzzz"}, 3, "01zzzz"},
      {{"run", "list", "--server", "unix:/nonexistent.sock"}, 5, "/nonexistent.sock"},
  };
  for (const BadInput& bad : cases) {
    const CommandResult result = daemon_.Cli(bad.arguments);
    EXPECT_EQ(result.exit_code, bad.exit_code) << bad.words << ": " << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(bad.words));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
    EXPECT_EQ(result.output, "");
  }
  EXPECT_EQ(CliJson({"run", "list"}), Json::array());
}

TEST_F(JourneyTest, AScriptWhoseDaemonIsGoneForGoodEnds) {
  const std::string run_id = Submit(kEndlessSpec);
  auto watch = daemon_.StartCli({"run", "watch", run_id, "--output", "jsonl", "--give-up", "1"});
  ASSERT_TRUE(watch->ReadLine());
  daemon_.process().Signal(SIGKILL);
  daemon_.process().Wait();
  while (watch->ReadLine()) {
  }
  EXPECT_EQ(watch->Wait(), 5);
  EXPECT_THAT(FileText(folder_.path() + "/cli.stderr"), HasSubstr("gave up after 1s"));
}

TEST_F(JourneyTest, ADaemonUnderNohupOutlivesItsTerminal) {
  const std::string state = folder_.path() + "/nohup";
  ChildProcess daemon({"/usr/bin/nohup", Program("powerdownd"), "--state-dir", state},
                      daemon_.Environment(), folder_.path() + "/nohup.stderr");
  ASSERT_TRUE(daemon.ReadLine(30)) << FileText(folder_.path() + "/nohup.stderr");
  daemon.Signal(SIGHUP);
  const CommandResult info =
      daemon_.Cli({"server", "info", "--server", "unix:" + state + "/powerdown.sock"});
  EXPECT_EQ(info.exit_code, 0) << info.errors;
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.Wait(), 0);
}

TEST_F(JourneyTest, SecondDaemonOnTheSameFolderIsRefused) {
  ChildProcess second({Program("powerdownd"), "--state-dir", daemon_.state_dir()},
                      daemon_.Environment(), folder_.path() + "/second.stderr");
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(FileText(folder_.path() + "/second.stderr"), HasSubstr("in use"));
  EXPECT_EQ(daemon_.Cli({"server", "info"}).exit_code, 0);
}

TEST_F(JourneyTest, PortInUseAndWhatIsNoAddressAreRefused) {
  TemporaryFolder other;
  DaemonProcess first(other.path(), {"--listen", "127.0.0.1:0"});
  const size_t colon = first.serving_line().rfind(':');
  ASSERT_NE(colon, std::string::npos);
  const std::string port = std::to_string(std::stoi(first.serving_line().substr(colon + 1)));
  TemporaryFolder third;
  DaemonProcess taken(third.path(), {"--listen", "127.0.0.1:" + port});
  EXPECT_EQ(taken.process().Wait(), 1);
  EXPECT_THAT(taken.errors(), HasSubstr(port));
  TemporaryFolder fourth;
  DaemonProcess named(fourth.path(), {"--listen", "box.local:0"});
  EXPECT_NE(named.process().Wait(), 0);
  EXPECT_THAT(named.errors(), HasSubstr("numeric address"));
}

TEST_F(JourneyTest, CliWithoutAServerStartsAPrivateDaemon) {
  std::map<std::string, std::string> environment = daemon_.Environment();
  environment["POWERDOWN_SERVER"] = "";
  ChildProcess cli({Program("powerdown"), "server", "info", "--output", "json"}, environment,
                   folder_.path() + "/private.stderr");
  const Json server = Json::parse(cli.ReadAll(), nullptr, false);
  ASSERT_EQ(cli.Wait(), 0) << FileText(folder_.path() + "/private.stderr");
  EXPECT_EQ(server.at("state_dir"), folder_.path() + "/xdg-state/powerdown");
  kill(server.at("pid").get<pid_t>(), SIGTERM);
}

}  // namespace
}  // namespace powerdown
