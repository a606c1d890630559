#include "client/cli/commands/commands.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> ShowRun(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(words.Operand()));
  return Done(WriteRun(session.console(), run));
}

}  // namespace

CommandTree RunShowCommand() {
  return {.name = "show",
          .help = "print everything that is known about a run",
          .operand = {.name = "RUN"},
          .read = RunOnWords(ShowRun)};
}

}  // namespace powerdown
