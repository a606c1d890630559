#include "server/runner/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/base/text.h"
#include "common/platform/process_tree.h"
#include "tests/support/runner_process.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The numbers that a script printed, one a line after `word`.
std::vector<pid_t> PidsAfter(const std::string& output, const std::string& word) {
  std::vector<pid_t> pids;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(word)) pids.push_back(std::stoi(line.substr(word.size())));
  }
  return pids;
}

TEST(RunnerTest, SaysHowTheCommandEnded) {
  RunnerProcess runner;
  EXPECT_THAT(runner.Await<HelloLine>()->engine, StartsWith("powerdown-runner"));
  runner.Send(RunnerProcess::Script("echo out; echo err >&2"));
  ASSERT_TRUE(runner.Await<StartedLine>());
  EXPECT_EQ(runner.Await<EndedLine>()->outcome, AttemptOutcome::kFinished);
  const std::string output = runner.AwaitOutput("err");
  EXPECT_THAT(output, HasSubstr("out\n"));
  EXPECT_THAT(output, HasSubstr("err\n"));
}

TEST(RunnerTest, TellsTheExitStatusOrTheSignalOfOneThatFailed) {
  for (const auto& [script, reason] : std::vector<std::pair<std::string, std::string>>{
           {"exit 3", "the command exited with status 3"},
           {"kill -SEGV $$", "the command was killed by signal 11"}}) {
    RunnerProcess runner;
    runner.Send(RunnerProcess::Script(script));
    const std::optional<EndedLine> ended = runner.Await<EndedLine>();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->outcome, AttemptOutcome::kFailed);
    EXPECT_EQ(ended->reason, reason);
  }
}

TEST(RunnerTest, SaysWhatCannotBeStarted) {
  const auto reason_of = [](const StartCommand& start) {
    RunnerProcess runner;
    runner.Send(start);
    const std::optional<EndedLine> ended = runner.Await<EndedLine>();
    return ended ? ended->reason : "";
  };
  StartCommand start = RunnerProcess::Script("true");
  start.command->words = {"no-such-program"};
  EXPECT_THAT(reason_of(start),
              HasSubstr("no program \"no-such-program\" in PATH (/usr/bin:/bin)"));
  start = RunnerProcess::Script("true");
  start.command->directory = "/no/such/folder";
  EXPECT_THAT(reason_of(start), HasSubstr("directory: cannot enter /no/such/folder"));
  start = RunnerProcess::Script("true");
  start.command->reports = {"stdout:("};
  EXPECT_THAT(reason_of(start), HasSubstr("--reports"));
}

TEST(RunnerTest, TheCommandSeesItsVariablesAndNoOthers) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script("env; ls /proc/self/fd | wc -l");
  start.environment = {"SEED=3", "HOME=/elsewhere"};
  runner.Send(start);
  ASSERT_TRUE(runner.Await<EndedLine>());
  std::vector<std::string> names;
  std::istringstream lines(runner.AwaitOutput("POWERDOWN_STOP"));
  std::string last;
  for (std::string line; std::getline(lines, line); last = line) {
    const size_t equals = line.find('=');
    if (equals != std::string::npos) names.push_back(line.substr(0, equals));
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("SEED", "HOME", "PATH", "TMPDIR", "PWD",
                                                     "POWERDOWN_RUN", "POWERDOWN_ATTEMPT",
                                                     "POWERDOWN_REPORTS", "POWERDOWN_STOP",
                                                     "POWERDOWN_ENERGY"));
  // Its stdin, stdout and stderr, and the folder that ls reads.
  EXPECT_EQ(std::stoi(last), 4);
}

// One forks eight, one of them double-forks, and it ends first: nobody is lost, and no orphan
// stays.
TEST(RunnerTest, KeepsTheTreeTogetherToItsLastProcess) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script(R"(
    for i in 1 2 3 4 5 6 7 8; do sleep 1000 & echo "pid $!"; done
    (setsid sh -c 'echo "pid $$"; exec sleep 1000' &)
    exit 0)");
  start.command->stop_grace_seconds = 0;
  runner.Send(start);
  ASSERT_TRUE(runner.Await<StartedLine>());
  std::vector<pid_t> pids;
  while (pids.size() < 9) pids = PidsAfter(runner.AwaitOutput("pid "), "pid ");
  for (const pid_t pid : pids) EXPECT_TRUE(IsAlive(pid)) << pid;
  // All descend from the runner, also the one whose parents have both ended.
  std::set<int64_t> members;
  for (const ProcessFacts& member : ProcessTree(runner.pid()).Look()) members.insert(member.pid);
  for (const pid_t pid : pids) EXPECT_TRUE(members.contains(pid)) << pid;
  runner.Send(EndCommand{EndRequest::kCancel});
  ASSERT_TRUE(runner.Await<EndedLine>());
  for (const pid_t pid : pids) EXPECT_FALSE(IsAlive(pid)) << pid;
}

TEST(RunnerTest, NobodyEscapesACancellation) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script(R"(
    trap '' TERM INT HUP
    (trap '' TERM; sleep 1000) & echo "pid $!"
    echo ready; while :; do sleep 1000; done)");
  start.command->stop_grace_seconds = 0;
  runner.Send(start);
  const std::vector<pid_t> pids = PidsAfter(runner.AwaitOutput("ready"), "pid ");
  ASSERT_EQ(pids.size(), 1u);
  runner.Send(EndCommand{EndRequest::kCancel});
  ASSERT_TRUE(runner.Await<EndedLine>());
  EXPECT_FALSE(IsAlive(pids[0]));
}

TEST(RunnerTest, AStopIsTheSignalThatWasChosenAndNoKill) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script(R"(
    trap 'echo saved; exit 0' USR1; trap 'echo wrong' TERM
    echo ready; while :; do sleep 0.05; done)");
  start.command->stop_signal = StopSignal::kUsr1;
  runner.Send(start);
  runner.AwaitOutput("ready");
  runner.Send(EndCommand{EndRequest::kStop});
  const std::optional<EndedLine> ended = runner.Await<EndedLine>();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, AttemptOutcome::kStopped);
  EXPECT_EQ(ended->stop_reason, StopReason::kUser);
  EXPECT_THAT(runner.AwaitOutput("saved"), ::testing::Not(HasSubstr("wrong")));
}

// It is told once and then left alone, however short its grace; a kill has to be asked for.
TEST(RunnerTest, WhoIgnoresAStopGoesOnUntilItIsCancelled) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script(R"(
    trap 'echo told' TERM; echo "pid $$"; echo ready
    while :; do sleep 0.05; done)");
  start.command->stop_grace_seconds = 0;
  runner.Send(start);
  const std::vector<pid_t> pids = PidsAfter(runner.AwaitOutput("ready"), "pid ");
  ASSERT_EQ(pids.size(), 1u);
  runner.Send(EndCommand{EndRequest::kStop});
  runner.AwaitOutput("told");
  // Its grace, none at all, was over when it was told: whoever kills would have done so by now, and
  // more so once a further signal was handled.
  kill(pids[0], SIGTERM);
  runner.AwaitOutput("told\ntold");
  EXPECT_TRUE(IsAlive(pids[0]));
  runner.Send(EndCommand{EndRequest::kCancel});
  EXPECT_TRUE(runner.Await<EndedLine>());
}

TEST(RunnerTest, KillsAfterTheGraceWhereThatWasAskedFor) {
  RunnerProcess runner;
  StartCommand start =
      RunnerProcess::Script("trap '' TERM; echo ready; while :; do sleep 0.05; done");
  start.command->stop_grace_seconds = 0;
  start.command->kills = true;
  runner.Send(start);
  runner.AwaitOutput("ready");
  runner.Send(EndCommand{EndRequest::kStop});
  EXPECT_EQ(runner.Await<EndedLine>()->outcome, AttemptOutcome::kStopped);
}

TEST(RunnerTest, EndsWithItsDaemon) {
  RunnerProcess runner;
  StartCommand start =
      RunnerProcess::Script("trap '' TERM; echo \"pid $$\"; while :; do sleep 1; done");
  start.command->stop_grace_seconds = 0;
  runner.Send(start);
  const std::vector<pid_t> pids = PidsAfter(runner.AwaitOutput("pid "), "pid ");
  ASSERT_EQ(pids.size(), 1u);
  runner.CloseInput();
  EXPECT_EQ(runner.Await<EndedLine>()->outcome, AttemptOutcome::kInterrupted);
  EXPECT_FALSE(IsAlive(pids[0]));
}

TEST(RunnerTest, HeldProcessesStandStillAndGoOn) {
  RunnerProcess runner;
  runner.Send(RunnerProcess::Script(
      "sleep 1000 & echo \"pid $!\"; echo ready; while :; do sleep 0.05; done"));
  const std::vector<pid_t> pids = PidsAfter(runner.AwaitOutput("ready"), "pid ");
  ASSERT_EQ(pids.size(), 1u);
  const auto await_state = [&](char state) {
    for (int look = 0; look < 3000; ++look) {
      const std::string text = FileText(Concat("/proc/", pids[0], "/stat"));
      const size_t end = text.rfind(") ");
      if (end != std::string::npos && text[end + 2] == state) return true;
      poll(nullptr, 0, 10);
    }
    return false;
  };
  runner.Send(HoldCommand{true});
  EXPECT_TRUE(await_state('T'));
  runner.Send(HoldCommand{false});
  EXPECT_TRUE(await_state('S'));
  runner.Send(HoldCommand{true});
  EXPECT_TRUE(await_state('T'));
  runner.Send(EndCommand{EndRequest::kStop});  // who stands still hears no signal
  EXPECT_TRUE(runner.Await<EndedLine>());
}

TEST(RunnerTest, ATimeLimitEndsTheCommand) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script("exec sleep 1000");
  start.command->time_limit_seconds = 1;
  runner.Send(start);
  const std::optional<EndedLine> ended = runner.Await<EndedLine>();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, AttemptOutcome::kFailed);
  EXPECT_EQ(ended->reason, "its time limit of 1 s was reached");
}

// As powerdown.py does it, in a shell.
TEST(RunnerTest, ReportsComeByTheChannelAndTheProgramIsToldToStop) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script(R"(
    for i in 1 2 3 4 5 6 7 8 9; do
      echo "{\"step\":$((i * 100)),\"train_accuracy\":1,\"train_loss\":0.01,\"validation_accuracy\":1,\"lr\":0.5}" >> "$POWERDOWN_REPORTS"
    done
    while [ ! -e "$POWERDOWN_STOP" ]; do sleep 0.02; done
    echo "stopped itself")");
  start.auto_stop = AutoStop::kOn;
  runner.Send(start);
  const std::optional<StepLine> step = runner.Await<StepLine>();
  ASSERT_TRUE(step);
  EXPECT_EQ(step->evaluation.step, 100);
  EXPECT_EQ(step->evaluation.validation_accuracy, 1);
  EXPECT_EQ(step->evaluation.validation_loss, std::nullopt);
  EXPECT_EQ(step->metrics_json, R"({"lr":0.5})");
  const std::optional<EndedLine> ended = runner.Await<EndedLine>();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, AttemptOutcome::kStopped);
  EXPECT_EQ(ended->stop_reason, StopReason::kGrokked);
  EXPECT_EQ(ended->step, 900);
  EXPECT_THAT(runner.AwaitOutput("stopped itself"), HasSubstr("stopped itself"));
}

TEST(RunnerTest, ReportsAreFoundInTheOutput) {
  RunnerProcess runner;
  StartCommand start = RunnerProcess::Script(
      "echo 'epoch 3 loss 0.5 val 0.25'; echo noise; echo 'epoch 4 loss 0.4 val 0.5'");
  start.command->reports = {
      R"(stdout:epoch (?P<step>\d+) loss (?P<train_loss>\S+) val (?P<validation_accuracy>\S+))"};
  runner.Send(start);
  EXPECT_EQ(runner.Await<StepLine>()->evaluation.train_loss, 0.5);
  EXPECT_EQ(runner.Await<StepLine>()->evaluation.validation_accuracy, 0.5);
  EXPECT_EQ(runner.Await<EndedLine>()->step, 4);
}

TEST(RunnerTest, TheProgramCanReadItsEnergy) {
  RunnerProcess runner;
  runner.Send(RunnerProcess::Script(
      "echo ready; while [ ! -e \"$POWERDOWN_ENERGY\" ]; do sleep 0.02; done; "
      "cat \"$POWERDOWN_ENERGY\""));
  runner.AwaitOutput("ready");
  runner.Send(EnergyCommand{absl::Seconds(1), Joules(12.5), Joules(10), Joules(15)});
  ASSERT_TRUE(runner.Await<EndedLine>());
  EXPECT_THAT(runner.AwaitOutput("joules"), HasSubstr("\"joules\":12.5"));
}

TEST(RunnerTest, ItsChannelIsGoneAfterwards) {
  RunnerProcess runner;
  runner.Send(RunnerProcess::Script("echo \"$POWERDOWN_REPORTS\""));
  ASSERT_TRUE(runner.Await<EndedLine>());
  std::string path = runner.AwaitOutput("reports");
  path.resize(path.find('\n'));
  EXPECT_THAT(path, StartsWith(runner.folder()));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RunnerTest, AFloodOfOutputIsKeptBounded) {
  RunnerProcess runner;
  runner.Send(RunnerProcess::Script("head -c 40000000 /dev/zero; echo end"));
  ASSERT_TRUE(runner.Await<EndedLine>());
  int64_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(runner.folder())) {
    bytes += static_cast<int64_t>(file.file_size());
  }
  EXPECT_LE(bytes, kOutputPieceBytes * static_cast<int64_t>(kOutputPieces));
  EXPECT_EQ(ReadOutput(runner.folder(), -4, 10)->text, "end\n");
}

}  // namespace
}  // namespace powerdown
