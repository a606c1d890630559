// Any program as a run, with everything real: daemon, runner, command line, Python.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/json.h"
#include "tests/support/processes.h"
#include "tests/support/runner_process.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class CommandJourneyTest : public ::testing::Test {
 protected:
  std::string Script(const std::string& name, const std::string& text) const {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  // The new run's id.
  std::string Submit(std::vector<std::string> flags, const std::vector<std::string>& words) {
    flags.insert(flags.begin(), {"run", "submit"});
    flags.emplace_back("--");
    flags.insert(flags.end(), words.begin(), words.end());
    const CommandResult result = daemon_.Cli(flags);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.output.substr(0, result.output.find('\n'));
  }
  Json Show(const std::string& run_id) {
    const CommandResult result = daemon_.Cli({"run", "show", run_id, "--output", "json"});
    return ParseJson(result.output).value_or(Json::object());
  }
  // Follows its output to the end.
  std::string Follow(const std::string& run_id) {
    return daemon_.Cli({"run", "logs", run_id, "-f"}).output;
  }
  Json AwaitState(const std::string& run_id, const std::string& state) {
    for (;;) {
      Json run = Show(run_id);
      if (run["state"] == state) return run;
      std::this_thread::yield();
    }
  }

  TemporaryFolder folder_;
  DaemonProcess daemon_{folder_.path()};
};

TEST_F(CommandJourneyTest, AProgramIsRunMeteredAndItsOutputKept) {
  const std::string script = Script("train.py", R"(
import json, os, sys
for step in range(0, 1000, 100):
    sum(i * i for i in range(1000000))
    with open(os.environ["POWERDOWN_REPORTS"], "a") as reports:
        print(json.dumps({"step": step, "train_loss": 1 / (step + 1), "train_accuracy": 1.0,
                          "validation_accuracy": step / 1000, "lr": 0.5}), file=reports)
    print("step", step, flush=True)
print(os.environ["SEED"], sys.argv[1:], os.getcwd(), file=sys.stderr)
sys.exit(3)
)");
  const std::string run_id =
      Submit({"--directory", folder_.path(), "--env", "SEED=17", "--name", "mine", "--tag", "x"},
             {"python3", script, "--name", "y z"});
  const std::string output = Follow(run_id);
  EXPECT_THAT(output, HasSubstr("step 900\n"));
  EXPECT_THAT(output, HasSubstr("17 ['--name', 'y z'] " + folder_.path()));
  const Json run = AwaitState(run_id, "failed");
  EXPECT_EQ(run["state_reason"], "the command exited with status 3");
  EXPECT_EQ(run["name"], "mine");
  EXPECT_EQ(run["steps"], 900);
  EXPECT_EQ(run["validation_accuracy"], 0.9);
  EXPECT_EQ(run["command"]["variables"], Json::array({"SEED"}));
  EXPECT_FALSE(run.contains("spec"));
  EXPECT_GT(run["energy"]["gross_joules"].get<double>(), 0);
  EXPECT_THAT(daemon_.Cli({"run", "show", run_id}).output, HasSubstr("python3 " + script));
  const std::string bundle = folder_.path() + "/run.jsonl.zst";
  EXPECT_EQ(daemon_.Cli({"run", "export", run_id, "--bundle", bundle}).exit_code, 0);
  // What only a network has is refused in a line.
  const CommandResult quiz = daemon_.Cli({"quiz", run_id});
  EXPECT_NE(quiz.exit_code, 0);
  EXPECT_THAT(quiz.errors, HasSubstr("command"));
}

TEST_F(CommandJourneyTest, ACancelledTreeLeavesNobodyBehind) {
  const std::string run_id = Submit({"--stop-grace", "0"}, {"sh", "-c", R"(
    for i in 1 2 3 4 5 6 7 8; do sleep 1000 & echo "pid $!"; done
    (setsid sh -c 'echo "pid $$"; exec sleep 1000' &)
    echo main done)"});
  std::vector<pid_t> pids;
  while (pids.size() < 9) {
    pids.clear();
    std::istringstream lines(daemon_.Cli({"run", "logs", run_id}).output);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("pid ")) pids.push_back(std::stoi(line.substr(4)));
    }
  }
  EXPECT_EQ(Show(run_id)["state"], "running");  // its first process has ended, the run has not
  EXPECT_EQ(daemon_.Cli({"run", "cancel", run_id}).exit_code, 0);
  AwaitState(run_id, "cancelled");
  for (const pid_t pid : pids) EXPECT_FALSE(IsAlive(pid)) << pid;
}

TEST_F(CommandJourneyTest, TheRuleStopsAProgramThatAskedForIt) {
  const std::string script = Script("grok.sh", R"sh(
step=0
while [ ! -e "$POWERDOWN_STOP" ]; do
  step=$((step + 10))
  echo "step $step loss 0.01 val $([ $step -ge 200 ] && echo 0.97 || echo 0.1)"
  sleep 0.02
done
echo "saved at $step"
)sh");
  const std::string run_id = Submit(
      {"--auto-stop", "on", "--generalised", "validation_accuracy >= 0.95", "--reports",
       R"re(stdout:step (?P<step>\d+) loss (?P<train_loss>\S+) val (?P<validation_accuracy>\S+))re"},
      {"sh", script});
  EXPECT_THAT(Follow(run_id), HasSubstr("saved at"));
  const Json run = AwaitState(run_id, "stopped");
  EXPECT_EQ(run["stop"]["reason"], "grokked");
  EXPECT_EQ(run["grok_step"], 200);
}

TEST_F(CommandJourneyTest, ASweepFillsTheCommand) {
  const CommandResult result =
      daemon_.Cli({"run", "submit", "--sweep", "lr=1|2,seed=0..1", "--wait", "--output", "json",
                   "--", "sh", "-c", "echo lr {lr} seed {seed}"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const Json runs = ParseJson(result.output).value_or(Json::array());
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[3]["name"], "lr=2 seed=1");
  EXPECT_EQ(Follow(runs[3]["run_id"]), "lr 2 seed 1\n");
}

// Whatever becomes of the daemon, nothing that it started goes on unseen.
TEST_F(CommandJourneyTest, ADaemonThatIsKilledTakesItsCommandsAlong) {
  const std::string run_id = Submit({}, {"sh", "-c", "echo \"pid $$\"; exec sleep 1000"});
  pid_t pid = 0;
  while (pid == 0) {
    const std::string output = daemon_.Cli({"run", "logs", run_id}).output;
    if (output.starts_with("pid ")) pid = std::stoi(output.substr(4));
  }
  daemon_.process().Signal(SIGKILL);
  daemon_.process().Wait();
  while (IsAlive(pid)) std::this_thread::yield();
  daemon_.Start();
  const Json run = AwaitState(run_id, "failed");
  EXPECT_EQ(run["state_reason"], "the daemon ended while it ran");
}

class ExecTest : public CommandJourneyTest {
 protected:
  CommandResult Exec(const std::vector<std::string>& words, std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), "exec");
    flags.emplace_back("--");
    flags.insert(flags.end(), words.begin(), words.end());
    return daemon_.Cli(flags);
  }
  Json Newest() {
    const CommandResult result = daemon_.Cli({"run", "list", "--output", "json"});
    const Json runs = ParseJson(result.output).value_or(Json::array());
    return runs.empty() ? Json::object() : runs[0];
  }
};

TEST_F(ExecTest, OutputAndExitStatusAreAsWithoutIt) {
  const CommandResult result =
      Exec({"sh", "-c", R"(printf 'a\0b\377'; printf err >&2; exit 42)"}, {"--name", "mine"});
  EXPECT_EQ(result.exit_code, 42);
  EXPECT_EQ(result.output, std::string("a\0b\377", 4));
  EXPECT_EQ(result.errors, "err");
  const Json run = Newest();
  EXPECT_EQ(run["name"], "mine");
  EXPECT_EQ(run["state"], "failed");
  EXPECT_EQ(run["state_reason"], "the command exited with status 42");
  EXPECT_EQ(run["command"]["is_attached"], true);
  EXPECT_THAT(daemon_.Cli({"run", "resume", run["run_id"]}).errors,
              HasSubstr("was run by powerdown exec"));
}

TEST_F(ExecTest, EndsByTheSignalThatEndedTheProgram) {
  EXPECT_EQ(Exec({"sh", "-c", "kill -USR1 $$"}).exit_code, 128 + SIGUSR1);
  EXPECT_EQ(Newest()["state_reason"], "the command was killed by signal 10");
  EXPECT_EQ(Exec({"no-such-program-here"}).exit_code, 127);
}

TEST_F(ExecTest, ASignalIsPassedOn) {
  const auto child = daemon_.StartCli(
      {"exec", "--", "sh", "-c",
       "trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.05; done"});
  EXPECT_EQ(child->ReadLine(), "ready");
  child->Signal(SIGTERM);
  EXPECT_EQ(child->ReadLine(), "got it");
  EXPECT_EQ(child->Wait(), 5);
}

TEST_F(ExecTest, ARunningOneIsStoppedFromElsewhereAndItsWorkIsMetered) {
  const auto child = daemon_.StartCli(
      {"exec", "--name", "busy", "--", "sh", "-c",
       "echo ready; (while [ ! -e \"$POWERDOWN_STOP\" ]; do :; done); echo stopping; exit 0"});
  EXPECT_EQ(child->ReadLine(), "ready");
  Json run;
  do {
    run = Newest();
  } while (!run.contains("energy") || run["energy"]["gross_joules"].get<double>() <= 0);
  EXPECT_EQ(run["state"], "running");
  EXPECT_EQ(daemon_.Cli({"run", "stop", "busy"}).exit_code, 0);
  child->Wait();
  EXPECT_EQ(AwaitState(run["run_id"], "stopped")["stop"]["reason"], "user");
}

TEST_F(ExecTest, WithoutADaemonTheProgramRunsAllTheSame) {
  daemon_.process().Signal(SIGKILL);
  daemon_.process().Wait();
  const CommandResult result = Exec({"sh", "-c", "echo out; exit 7"});
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_THAT(result.errors, HasSubstr("runs unmetered"));
}

TEST_F(ExecTest, AProgramGoesOnWithoutItsDaemon) {
  const std::string end = folder_.path() + "/end";
  const auto child =
      daemon_.StartCli({"exec", "--", "sh", "-c",
                        "echo ready; until [ -e " + end + " ]; do sleep 0.05; done; echo on"});
  EXPECT_EQ(child->ReadLine(), "ready");
  daemon_.process().Signal(SIGTERM);
  EXPECT_EQ(daemon_.process().Wait(), 0);
  std::ofstream(end) << "now";
  EXPECT_EQ(child->ReadLine(), "on");
  EXPECT_EQ(child->Wait(), 0);
}

}  // namespace
}  // namespace powerdown
