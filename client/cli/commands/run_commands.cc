// Submitting, listing and steering runs.
#include <unistd.h>

#include <iostream>

#include "client/cli/commands.h"
#include "client/cli/commands/sweep_command.h"
#include "client/cli/following.h"
#include "client/cli/run_output.h"
#include "client/cli/terminal/live_display.h"
#include "client/cli/text/run_sorting.h"
#include "client/cli/text/run_text.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

// What holds a run up is told where nothing else shows it, or its end would be awaited in silence.
void TellPause(Console& console, const RunUpdate& update) {
  const auto* event = std::get_if<RunEvent>(&update);
  if (event == nullptr || event->kind != "state" || !event->message.starts_with("paused")) return;
  console.Say(Concat("run ", event->run_id, " is ", event->message));
}

// Waits until the run has ended. Nullopt: Ctrl-C came first.
absl::StatusOr<std::optional<Run>> AwaitRun(Session& session, Connection& connection,
                                            const Run& run) {
  std::unique_ptr<LiveDisplay> display;
  if (session.output() == OutputFormat::kTable) {
    display = std::make_unique<LiveDisplay>(session.console(), run,
                                            [&] { return connection.GetRun(run.run_id); });
  }
  FollowTasks tasks;
  tasks.on_update = [&](size_t index, const RunUpdate& update) {
    if (display) {
      display->Apply(index, update);
    } else {
      TellPause(session.console(), update);
    }
    return absl::OkStatus();
  };
  tasks.on_state = [&](const std::string& state) {
    if (display) display->SetConnection(state);
  };
  tasks.on_tick = [&](absl::Time now) {
    if (display) display->Tick(now);
  };
  ASSIGN_OR_RETURN(const FollowEnd end,
                   Follow(connection, {run.run_id}, 0, session.options().timeout, tasks));
  if (end == FollowEnd::kDetached) return std::optional<Run>();
  ASSIGN_OR_RETURN(Run ended, connection.GetRun(run.run_id));
  if (display) display->Finish(ended);
  return std::optional<Run>(std::move(ended));
}

bool Confirms(Console& console, const std::string& question) {
  console.Draw(Concat(question, " [y/N] "));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const SubmitCommand& command) {
  if (!command.sweep.empty()) return SubmitSweep(session, command);
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(Run run, connection->SubmitRun({.spec = command.spec,
                                                   .auto_stop = command.auto_stop,
                                                   .abandon = command.abandon,
                                                   .name = command.name,
                                                   .tags = command.tags,
                                                   .is_private = command.is_private,
                                                   .priority = command.priority,
                                                   .budget = command.budget,
                                                   .validate_only = command.is_dry_run}));
  Console& console = session.console();
  if (command.is_dry_run) {
    RETURN_IF_ERROR(WriteRun(console, session.output(), run));
    return ExitCode::kDone;
  }
  if (!command.has_wait) {
    RETURN_IF_ERROR(WriteNewRuns(console, session.output(), {run}, /*is_list=*/false));
    return ExitCode::kDone;
  }
  if (session.output() == OutputFormat::kTable) console.Say(Concat("run ", run.run_id));
  ASSIGN_OR_RETURN(const std::optional<Run> ended, AwaitRun(session, *connection, run));
  if (!ended) {
    console.Say(Concat("detached; the run goes on. Come back: powerdown run watch ", run.run_id));
    return ExitCode::kDone;
  }
  RETURN_IF_ERROR(WriteNewRuns(console, session.output(), {*ended}, /*is_list=*/false));
  return OutcomeOf(console, *ended);
}

absl::StatusOr<ExitCode> Execute(Session& session, const ListCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(std::vector<Run> runs, connection->ListRuns({.filter = command.filter}));
  RETURN_IF_ERROR(SortRuns(command.sort, runs));
  RETURN_IF_ERROR(WriteRuns(session.console(), session.output(), runs, command.is_queue));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const ShowCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(command.run_id));
  RETURN_IF_ERROR(WriteRun(session.console(), session.output(), run));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const ActCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Console& console = session.console();
  const bool may_ask = HasPersonAtTerminal() && !session.options().has_no_input;
  if (command.verb == "delete" && !command.is_confirmed && may_ask) {
    ASSIGN_OR_RETURN(const Run run, connection->GetRun(command.run_id));
    const std::string line = RunLine(run, console.err_style());
    if (!Confirms(console, Concat("Delete ", line, " and its checkpoints?"))) {
      console.Say("nothing was deleted");
      return ExitCode::kDone;
    }
  }
  ASSIGN_OR_RETURN(const Run run, connection->Act(command.verb, command.run_id));
  if (session.output() != OutputFormat::kTable) {
    RETURN_IF_ERROR(WriteRun(console, session.output(), run));
  } else if (command.verb == "delete") {
    RETURN_IF_ERROR(console.Write(Concat("deleted run ", run.run_id, "\n")));
  } else {
    RETURN_IF_ERROR(console.Write(RunLine(run, console.style()) + "\n"));
  }
  return ExitCode::kDone;
}

}  // namespace powerdown
