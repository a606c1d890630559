// exec: a program here and now, as if unwrapped, and yet a run that is metered, shown and stopped.
#include <unistd.h>

#include <filesystem>

#include "absl/time/clock.h"
#include "client/cli/command_flags.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/run_submit.h"
#include "client/cli/session.h"
#include "client/cli/terminal/held_child.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/environment.h"
#include "common/platform/find_program.h"
#include "common/platform/program_channel.h"

namespace powerdown {
namespace {

// What the shell says of a program that it does not find.
constexpr int kNoSuchProgram = 127;
// For the daemon to read the meters once more and see the end, when the program has ended.
constexpr absl::Duration kLongestGoodbye = absl::Seconds(5);
constexpr absl::Duration kLookForEnd = absl::Milliseconds(20);

struct ExecOptions {
  CommandOrder order;
  Connection::Submission submission;
};

absl::StatusOr<ExecOptions> ReadExec(const CommandWords& words) {
  if (words.command.empty()) {
    return absl::InvalidArgumentError(
        "powerdown exec needs a program after --: powerdown exec -- python3 train.py");
  }
  ExecOptions options;
  ASSIGN_OR_RETURN(options.order, ReadCommand(words));
  for (const std::string& source : options.order.command.reports) {
    if (!source.starts_with("stdout:")) continue;
    return absl::InvalidArgumentError(
        "reports: stdout is the terminal's under exec; allowed: csv, jsonl, tensorboard");
  }
  options.submission.auto_stop = AutoStop::kObserve;
  RETURN_IF_ERROR(ReadOrder(words, options.submission));
  return options;
}

// The run, or why there is none: the program runs all the same.
absl::StatusOr<Run> Attach(Session& session, const ExecOptions& options, const HeldChild& child,
                           const ProgramChannel& channel) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  return connection->SubmitCommand(options.submission, options.order.command, {},
                                   Attachment{getpid(), child.pid(), channel.folder()});
}

// Until the daemon has seen the end: what the last moments drew is read from this process.
void AwaitEnd(Session& session, const Run& run) {
  const absl::StatusOr<Connection*> connection = session.Connect();
  if (!connection.ok()) return;
  for (const absl::Time begin = absl::Now(); absl::Now() - begin < kLongestGoodbye;) {
    const absl::StatusOr<Run> now = (*connection)->GetRun(run.run_id);
    if (!now.ok() || HasEnded(now->state)) return;
    absl::SleepFor(kLookForEnd);
  }
}

absl::StatusOr<ExitCode> Exec(Session& session, const ExecOptions& options) {
  const std::vector<std::string>& words = options.order.command.words;
  std::vector<std::string> environment = ListedEnvironment(kAllVariables);
  const absl::StatusOr<std::string> path =
      FindProgram(words[0], environment, std::filesystem::current_path());
  if (!path.ok()) {
    session.console().Say(std::string(path.status().message()));
    return static_cast<ExitCode>(kNoSuchProgram);
  }
  ASSIGN_OR_RETURN(std::unique_ptr<ProgramChannel> channel, ProgramChannel::Open());
  for (std::string& variable : channel->Variables()) environment.push_back(std::move(variable));
  ASSIGN_OR_RETURN(const std::unique_ptr<HeldChild> child,
                   HeldChild::Fork(*path, words, environment));
  const absl::StatusOr<Run> run = Attach(session, options, *child, *channel);
  if (!run.ok()) {
    session.console().Say(
        Concat("powerdown exec: runs unmetered: ", StdView(run.status().message())));
  }
  child->Release();
  const ProcessEnd end = child->Wait();
  channel->PutEnd(end).IgnoreError();  // then the runner finds this process gone
  if (run.ok()) AwaitEnd(session, *run);
  channel.reset();
  if (end.was_killed) EndAs(end);
  return static_cast<ExitCode>(end.number);
}

}  // namespace

CommandTree ExecCommand() {
  CommandTree exec{.name = "exec",
                   .help = "run a program here and now, metered and watched, as if unwrapped",
                   .examples = {"powerdown exec -- python3 train.py --lr 0.001",
                                "powerdown exec --auto-stop on --reports csv:log.csv -- ./train"},
                   .flags = {Flag("--auto-stop", "off|observe|on|planned",
                                  "stop it when it has generalised [observe]"),
                             Flag("--abandon", "off|observe|on",
                                  "stop it when it will not within --max-steps [off]"),
                             Flag("--name", "NAME", "name shown in lists"),
                             RepeatableFlag("--tag", "TAG", "tag to find the run by"),
                             Flag("--budget", "AMOUNT",
                                  "energy budget: 5Wh, 2gCO2 or 0.01USD; it stands still when "
                                  "that is used up"),
                             Flag("--private", "", "only you and admins can see the run"),
                             Flag("--max-steps", "N", "how long it usually trains")},
                   .read = ReadThenRun(ReadExec, Exec)};
  AddCommandFlags(exec, /*is_queued=*/false);
  return exec;
}

}  // namespace powerdown
