// run pause, resume, stop, continue, cancel, delete and retry: one request for each run.
#include <iostream>
#include <vector>

#include "client/cli/commands/commands.h"
#include "client/cli/commands/run_list.h"
#include "client/cli/exit_code.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/terminal/console.h"
#include "client/cli/text/run_text.h"
#include "client/cli/text/safe_text.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

bool Confirms(Console& console, const std::string& question) {
  console.Draw(Concat(SafeText(question, console.err_style()), " [y/N] "));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

absl::StatusOr<ExitCode> ControlRun(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->Act(words.path.back(), words.Operand()));
  Console& console = session.console();
  return Done(PrintObject(console, RunJson(run), RunLine(run, console.style())));
}

absl::StatusOr<ExitCode> RetryRun(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(words.Operand()));
  if (run.state != RunState::kFailed) {
    return absl::FailedPreconditionError(
        Concat("run ", ShownId(run), " is ", NameOf(run.state),
               "; only a failed run can be retried. Train it again with: powerdown run clone ",
               ShownId(run)));
  }
  ASSIGN_OR_RETURN(const Run again, connection->Act("resume", run.run_id));
  Console& console = session.console();
  return Done(PrintObject(console, RunJson(again), RunLine(again, console.style())));
}

// The runs that the words choose: one by its id, or all of a tag or a filter that the verb applies
// to.
absl::StatusOr<std::vector<Run>> ChosenRuns(Connection& connection, const CommandWords& words,
                                            bool wants_ended) {
  const bool has_choice = words.Has("--tag") || words.Has("--filter");
  if (has_choice != words.operands.empty()) {
    return absl::InvalidArgumentError(
        Concat("run ", words.path.back(), " needs either RUN, or --tag or --filter"));
  }
  if (!has_choice) {
    ASSIGN_OR_RETURN(Run run, connection.GetRun(words.Operand()));
    return std::vector<Run>{std::move(run)};
  }
  ASSIGN_OR_RETURN(const ListOptions list, ReadList(words));
  ASSIGN_OR_RETURN(std::vector<Run> runs, connection.ListRuns({.filter = list.filter}));
  std::erase_if(runs, [&](const Run& run) { return HasEnded(run.state) != wants_ended; });
  return runs;
}

// Whether the user agrees. Several runs at once need an answer or --yes; one run only where there
// is somebody to ask, and --no-input refuses both.
absl::StatusOr<bool> MayGoOn(Session& session, const CommandWords& words,
                             const std::vector<Run>& runs, const std::string& question) {
  if (words.Has("--yes")) return true;
  const bool may_ask = HasPersonAtTerminal() && !session.options().has_no_input;
  if (!may_ask && (session.options().has_no_input || runs.size() > 1)) {
    return absl::InvalidArgumentError(Concat("run ", words.path.back(), " of ", runs.size(),
                                             runs.size() == 1 ? " run" : " runs",
                                             " needs --yes where nobody can be asked"));
  }
  return !may_ask || Confirms(session.console(), question);
}

// Acts on all of them; the first failure ends it and says how many were done.
absl::StatusOr<ExitCode> ActOnAll(Session& session, Connection& connection, const std::string& verb,
                                  const std::vector<Run>& runs) {
  Console& console = session.console();
  std::vector<Json> objects;
  std::string text;
  for (const Run& run : runs) {
    const absl::StatusOr<Run> done = connection.Act(verb, run.run_id);
    if (!done.ok()) {
      return absl::Status(done.status().code(),
                          Concat(StdView(done.status().message()), "; ", objects.size(), " of ",
                                 runs.size(), " runs were done before"));
    }
    objects.push_back(RunJson(*done));
    text += Concat(
        verb == "delete" ? Concat("deleted run ", ShownId(run)) : RunLine(*done, console.style()),
        "\n");
  }
  const TextFor print = [&](const Style&) { return text; };
  return Done(PrintOneOrMore(console, objects, print));
}

absl::StatusOr<ExitCode> EndRuns(Session& session, const CommandWords& words) {
  const std::string& verb = words.path.back();
  const bool is_delete = verb == "delete";
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<Run> runs, ChosenRuns(*connection, words, is_delete));
  Console& console = session.console();
  if (runs.empty()) {
    console.Say(Concat("no run is chosen that ", is_delete ? "has ended" : "goes on"));
    return ExitCode::kDone;
  }
  const bool is_asked = is_delete || runs.size() > 1;
  const std::string what =
      runs.size() == 1 ? RunLine(runs[0], console.err_style()) : Concat(runs.size(), " runs");
  const std::string question =
      Concat(is_delete ? "Delete " : "Cancel ", what, is_delete ? " and their checkpoints?" : "?");
  if (is_asked) {
    ASSIGN_OR_RETURN(const bool may_go_on, MayGoOn(session, words, runs, question));
    if (!may_go_on) {
      console.Say("nothing was changed");
      return ExitCode::kDone;
    }
  }
  return ActOnAll(session, *connection, verb, runs);
}

CommandTree Ending(std::string verb, std::string help) {
  return {.name = verb,
          .help = std::move(help),
          .examples = {Concat("powerdown run ", verb, " 128"),
                       Concat("powerdown run ", verb, " --tag night --yes")},
          .operand = {.name = "RUN", .is_required = false},
          .flags = {Flag("--tag", "TAG", "all runs with this tag that the command applies to"),
                    Flag("--filter", "EXPRESSION", "all such runs, as for run list"),
                    Flag("--yes", "", "do not ask for confirmation")},
          .read = RunOnWords(EndRuns)};
}

CommandTree Control(std::string verb, std::string help) {
  return {.name = std::move(verb),
          .help = std::move(help),
          .operand = {.name = "RUN"},
          .read = RunOnWords(ControlRun)};
}

}  // namespace

CommandTree RunPauseCommand() {
  return Control("pause", "save a checkpoint and pause a run");
}
CommandTree RunResumeCommand() {
  return Control("resume", "resume a paused run");
}
CommandTree RunStopCommand() {
  return Control("stop", "finish a run now and keep it");
}
CommandTree RunContinueCommand() {
  return Control("continue", "undo a stop by the rule; training goes on bit for bit");
}
CommandTree RunCancelCommand() {
  return Ending("cancel", "give up a run, or all with a tag");
}

CommandTree RunDeleteCommand() {
  return Ending("delete", "delete runs that have ended, and their checkpoints");
}

CommandTree RunRetryCommand() {
  return {.name = "retry",
          .help = "queue a failed run again; it goes on from its last checkpoint",
          .operand = {.name = "RUN"},
          .read = RunOnWords(RetryRun)};
}

}  // namespace powerdown
