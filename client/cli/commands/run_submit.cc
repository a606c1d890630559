#include "client/cli/commands/run_submit.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/ending.h"
#include "client/cli/following.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "client/cli/spec_flags.h"
#include "client/cli/terminal/live_display.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/event_details.h"

namespace powerdown {
namespace {

constexpr int64_t kMostPriority = 1000;

absl::StatusOr<std::vector<SweepPoint>> ReadSweep(const CommandWords& words,
                                                  const std::string& text) {
  ASSIGN_OR_RETURN(const RunSpec base, ReadSpecFields(words));
  ASSIGN_OR_RETURN(std::vector<SweepPoint> points, ExpandSweep(base, text));
  for (SweepPoint& point : points) {
    const absl::Status complete = CompleteSpec(point.spec);
    if (!complete.ok()) {
      return absl::Status(complete.code(),
                          Concat("sweep: ", point.label, ": ", StdView(complete.message())));
    }
  }
  return points;
}

// A sweep of a command: its points have labels, and words in place of specs.
absl::Status ReadCommandSweep(const std::string& text, SubmitOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<SweepValues> points, ExpandValues(text));
  for (const SweepValues& point : points) {
    ASSIGN_OR_RETURN(auto words, FillWords(options.command->command.words, point));
    options.sweep_words.push_back(std::move(words));
    options.sweep.push_back({.label = point.label});
  }
  return absl::OkStatus();
}

// A command knows nothing of the fields of a network's spec, but for how long it usually trains.
absl::Status CheckNoSpecFlags(const CommandWords& words) {
  for (const std::string& flag : SpecFlags(words)) {
    if (flag == "--max-steps") continue;
    return absl::InvalidArgumentError(
        Concat(flag, " is of PowerDown's own networks; give it to your program, after its name"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Run> SubmitPoint(Connection& connection, const SubmitOptions& options,
                                const Connection::Submission& submission, size_t point) {
  if (!options.command) return connection.SubmitRun(submission);
  CommandSpec command = options.command->command;
  if (!options.sweep_words.empty()) command.words = options.sweep_words[point];
  return connection.SubmitCommand(submission, command, options.command->environment);
}

// Without a live display, print why a run is paused, so that --wait is not silent.
void TellPause(Console& console, const RunUpdate& update) {
  const auto* event = std::get_if<RunEvent>(&update);
  if (event == nullptr) return;
  const std::optional<StateDetails> details = StateDetailsOf(*event);
  if (event->kind != EventKind::kState || !details || details->state != RunState::kPaused) return;
  console.Say(Concat("run ", event->run_id, " is ", event->message));
}

// Waits until the run has ended. Nullopt: Ctrl-C came first.
absl::StatusOr<std::optional<Run>> AwaitRun(Session& session, Connection& connection,
                                            const Run& run) {
  Console& console = session.console();
  std::unique_ptr<LiveDisplay> display;
  if (console.IsForPeople()) {
    display =
        std::make_unique<LiveDisplay>(console, run, [&] { return connection.GetRun(run.run_id); });
  }
  FollowTasks tasks = ShowOn(display.get());
  if (!display) {
    tasks.on_update = [&](size_t, const RunUpdate& update) {
      TellPause(console, update);
      return absl::OkStatus();
    };
  }
  ASSIGN_OR_RETURN(const FollowEnd end,
                   Follow(connection, {run.run_id}, 0, session.options().timeout, tasks));
  if (end == FollowEnd::kDetached) return std::optional<Run>();
  ASSIGN_OR_RETURN(Run ended, connection.GetRun(run.run_id));
  if (display) display->Finish(ended);
  return std::optional<Run>(std::move(ended));
}

absl::StatusOr<ExitCode> SubmitOne(Session& session, const SubmitOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, SubmitPoint(*connection, options, options.submission, 0));
  Console& console = session.console();
  if (options.submission.validate_only) return Done(WriteRun(console, run));
  if (!options.has_wait) return Done(WriteNewRuns(console, {run}, /*is_list=*/false));
  if (console.IsForPeople()) console.Say(Concat("run ", ShownId(run)));
  ASSIGN_OR_RETURN(const std::optional<Run> ended, AwaitRun(session, *connection, run));
  if (!ended) {
    console.Say(DetachedText(run));
    return ExitCode::kDone;
  }
  RETURN_IF_ERROR(WriteEndedRun(console, *connection, *ended, options.has_details));
  return OutcomeOf(console, *ended);
}

// One after the other: a watch for each of up to 500 runs would be too many.
absl::StatusOr<FollowEnd> AwaitAll(Session& session, Connection& connection,
                                   const std::vector<Run>& runs) {
  const absl::Time begin = absl::Now();
  for (size_t i = 0; i < runs.size(); ++i) {
    std::optional<absl::Duration> left = session.options().timeout;
    if (left) *left = std::max(absl::Seconds(1), *left - (absl::Now() - begin));
    ASSIGN_OR_RETURN(const FollowEnd end,
                     Follow(connection, {runs[i].run_id}, 0, left, ShowOn(nullptr)));
    if (end == FollowEnd::kDetached) return end;
    session.console().Say(Concat(i + 1, " of ", runs.size(), " have ended: ", runs[i].name));
  }
  return FollowEnd::kComplete;
}

// Every run gets `tag`, and its own values as its name. The message of a refused run says how many
// are queued.
absl::StatusOr<std::vector<Run>> SubmitAll(Connection& connection, const SubmitOptions& options,
                                           const std::string& tag) {
  const std::string& name = options.submission.name;
  std::vector<Run> runs;
  for (size_t i = 0; i < options.sweep.size(); ++i) {
    const SweepPoint& point = options.sweep[i];
    Connection::Submission one = options.submission;
    one.spec = point.spec;
    one.name = name.empty() ? point.label : Concat(name, " ", point.label);
    one.tags.push_back(tag);
    absl::StatusOr<Run> run = SubmitPoint(connection, options, one, i);
    if (!run.ok()) {
      return absl::Status(
          run.status().code(),
          Concat(point.label, ": ", StdView(run.status().message()), " (", runs.size(), " of ",
                 options.sweep.size(), " runs are queued, tag ", tag, ")"));
    }
    runs.push_back(*std::move(run));
  }
  return runs;
}

absl::StatusOr<ExitCode> SubmitSweep(Session& session, const SubmitOptions& options) {
  const bool is_dry_run = options.submission.validate_only;
  const std::string& name = options.submission.name;
  const std::string group =
      name.empty() ? IdGenerator(std::random_device()()).Next(absl::Now()) : name;
  const std::string tag = Concat("sweep:", group);
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(std::vector<Run> runs, SubmitAll(*connection, options, tag));
  Console& console = session.console();
  if (is_dry_run) return Done(WriteRuns(console, runs));
  const std::string report = Concat("powerdown report 'tag = \"", tag, "\"'");
  ExitCode outcome = ExitCode::kDone;
  if (options.has_wait) {
    ASSIGN_OR_RETURN(const FollowEnd end, AwaitAll(session, *connection, runs));
    if (end == FollowEnd::kDetached) {
      console.Say(Concat("detached; the runs go on. See them with: ", report));
      return ExitCode::kDone;
    }
    for (Run& run : runs) {
      ASSIGN_OR_RETURN(run, connection->GetRun(run.run_id));
      if (OutcomeOf(console, run) != ExitCode::kDone) outcome = ExitCode::kRunFailed;
    }
  }
  RETURN_IF_ERROR(WriteNewRuns(console, runs, /*is_list=*/true));
  if (console.IsForPeople()) console.Say(Concat("summary of these runs: ", report));
  return outcome;
}

absl::StatusOr<ExitCode> Submit(Session& session, const SubmitOptions& options) {
  return options.sweep.empty() ? SubmitOne(session, options) : SubmitSweep(session, options);
}

}  // namespace

absl::Status ReadOrder(const CommandWords& words, Connection::Submission& submission) {
  if (const auto mode = words.Find("--auto-stop")) {
    ASSIGN_OR_RETURN(submission.auto_stop, ParseNamed<AutoStop>(*mode));
  }
  ASSIGN_OR_RETURN(submission.abandon,
                   words.Choice<AutoStop>("--abandon", AutoStop::kOff,
                                          {AutoStop::kOff, AutoStop::kObserve, AutoStop::kOn}));
  submission.name = words.Text("--name");
  submission.tags = words.All("--tag");
  submission.is_private = words.Has("--private");
  ASSIGN_OR_RETURN(submission.priority,
                   words.Whole("--priority", 0, -kMostPriority, kMostPriority));
  submission.budget = words.Text("--budget");
  if (!submission.budget.empty()) RETURN_IF_ERROR(ParseBudget(submission.budget).status());
  submission.validate_only = words.Has("--dry-run");
  return absl::OkStatus();
}

absl::StatusOr<SubmitOptions> ReadSubmit(const CommandWords& words) {
  SubmitOptions options;
  Connection::Submission& submission = options.submission;
  const auto sweep = words.Find("--sweep");
  if (!words.command.empty()) {
    RETURN_IF_ERROR(CheckNoSpecFlags(words));
    ASSIGN_OR_RETURN(options.command, ReadCommand(words));
    if (sweep) RETURN_IF_ERROR(ReadCommandSweep(*sweep, options));
    submission.auto_stop = AutoStop::kObserve;
  } else {
    RETURN_IF_ERROR(CheckNoCommandFlags(words));
    if (sweep) {
      ASSIGN_OR_RETURN(options.sweep, ReadSweep(words, *sweep));
    } else {
      ASSIGN_OR_RETURN(submission.spec, ReadSpec(words));
    }
  }
  RETURN_IF_ERROR(ReadOrder(words, submission));
  options.has_wait = words.Has("--wait");
  options.has_details = words.Has(kDetails);
  return options;
}

CommandTree RunSubmitCommand() {
  CommandTree submit{
      .name = "submit",
      .help = "train a network, or run any program; returns as soon as the run is queued",
      .examples = {"powerdown run submit --task multiplication --modulus 97 --wait",
                   "powerdown run submit --spec run.toml --seed 3 --output json",
                   "powerdown run submit --sweep 'seed=0..9,weight_decay=0.3|1|3' --name decay",
                   "powerdown run submit --name mine -- python3 train.py --lr 0.001"},
      .flags = {Flag("--auto-stop", "off|observe|on|planned",
                     "stop the run when it has grokked; planned: also pause it at the upper bound "
                     "of its forecast [on; observe for a command]"),
                Flag("--abandon", "off|observe|on",
                     "stop a run that will not grok within its step limit [off]"),
                Flag("--name", "NAME", "name shown in lists"),
                RepeatableFlag("--tag", "TAG", "tag to find the run by; may be repeated"),
                Flag("--sweep", "FIELDS",
                     "queue every combination, at most 500: 'seed=0..9,weight_decay=0.3|1|3'"),
                Flag("--budget", "AMOUNT",
                     "energy budget: 5Wh, 2gCO2 or 0.01USD; the run pauses when it is used up"),
                Flag("--priority", "N", "higher ones start first; above 0 needs an admin [0]"),
                Flag("--private", "", "only you and admins can see the run"),
                Flag("--wait", "", "wait for the end of the run; exit code 6 if it failed"),
                DetailsFlag(), Flag("--dry-run", "", "check everything, train nothing")},
      .read = ReadThenRun(ReadSubmit, Submit)};
  AddCommandFlags(submit);
  AddSpecFlags(submit);
  return submit;
}

}  // namespace powerdown
