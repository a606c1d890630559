#include "client/cli/completion.h"

#include "client/cli/command_table.h"
#include "client/cli/commands/commands.h"
#include "client/cli/session.h"

namespace powerdown {
namespace {

absl::StatusOr<std::string> ReadCompletion(const CommandWords& words) {
  return CompletionScript(words.Operand(), Commands());
}

absl::StatusOr<ExitCode> RunCompletion(Session& session, const std::string& script) {
  return Done(session.console().Write(script));
}

}  // namespace

CommandTree CompletionCommand() {
  return {.name = "completion",
          .help = "print a completion script for a shell",
          .examples = {"powerdown completion bash > /etc/bash_completion.d/powerdown"},
          .operand = {.name = "bash|zsh|fish"},
          .read = ReadThenRun(ReadCompletion, RunCompletion)};
}

}  // namespace powerdown
