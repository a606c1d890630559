#include "client/cli/command_table.h"
#include "client/cli/commands/commands.h"
#include "client/cli/session.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

absl::StatusOr<CommandWords> ReadHelp(const CommandWords& words) {
  if (FindCommand(Commands(), words.operands) != nullptr) return words;
  return absl::InvalidArgumentError(
      Concat("no help: ", Quoted(Join(words.operands, " ")), " is not a command"));
}

absl::StatusOr<ExitCode> RunHelp(Session& session, const CommandWords& words) {
  Console& console = session.console();
  return Done(console.Write(HelpText(Commands(), words.operands, console.style())));
}

}  // namespace

CommandTree HelpCommand() {
  return {.name = "help",
          .help = "print help on a command",
          .examples = {"powerdown help run submit"},
          .operand = {.name = "COMMAND", .is_required = false, .is_repeatable = true},
          .read = ReadThenRun(ReadHelp, RunHelp)};
}

}  // namespace powerdown
