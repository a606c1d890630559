// run pause, resume, stop, continue, cancel and delete: one request each.
#include <iostream>

#include "client/cli/commands/commands.h"
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

absl::StatusOr<ExitCode> DeleteRun(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Console& console = session.console();
  const bool may_ask = HasPersonAtTerminal() && !session.options().has_no_input;
  if (!words.Has("--yes") && may_ask) {
    ASSIGN_OR_RETURN(const Run run, connection->GetRun(words.Operand()));
    const std::string line = RunLine(run, console.err_style());
    if (!Confirms(console, Concat("Delete ", line, " and its checkpoints?"))) {
      console.Say("nothing was deleted");
      return ExitCode::kDone;
    }
  }
  ASSIGN_OR_RETURN(const Run run, connection->Act("delete", words.Operand()));
  return Done(PrintObject(console, RunJson(run), Concat("deleted run ", run.run_id)));
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
  return Control("cancel", "give up a run");
}

CommandTree RunDeleteCommand() {
  return {.name = "delete",
          .help = "delete a run that has ended, and its checkpoints",
          .operand = {.name = "RUN"},
          .flags = {Flag("--yes", "", "do not ask for confirmation")},
          .read = RunOnWords(DeleteRun)};
}

}  // namespace powerdown
