// completion: scripts for shells, and the values that these ask for when the user presses Tab.
#include "client/cli/completion.h"

#include "client/cli/command_table.h"
#include "client/cli/commands/commands.h"
#include "client/cli/completion_values.h"
#include "client/cli/config.h"
#include "client/cli/session.h"
#include "client/connection/local_daemon.h"
#include "client/connection/profiles.h"
#include "client/connection/server_address.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

// A daemon that serves already: pressing Tab starts none.
absl::StatusOr<std::string> RunningServer(const Session& session) {
  if (!session.options().server.empty()) return session.options().server;
  ASSIGN_OR_RETURN(const std::optional<std::string> service, FindService(kServiceSocket));
  if (service) return *service;
  ASSIGN_OR_RETURN(const std::string folder, PrivateStateFolder());
  return Concat("unix:", folder, "/powerdown.sock");
}

absl::StatusOr<std::vector<Run>> NewestRuns(const Session& session) {
  ASSIGN_OR_RETURN(const std::string address, RunningServer(session));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                   Connection::Open(address, session.answer_timeout()));
  return connection->ListRuns({.is_first_page = true});
}

absl::StatusOr<std::string> ServerLines() {
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  ASSIGN_OR_RETURN(const std::vector<Profile> profiles, ListProfiles(folder));
  std::string lines;
  for (const Profile& profile : profiles) {
    lines += Concat(profile.name, "\t", profile.endpoint.address, "\n");
  }
  return lines;
}

std::string KeyLines() {
  std::string lines;
  for (const ConfigKey& key : ConfigKeys()) lines += Concat(key.name, "\t", key.help, "\n");
  return lines;
}

absl::StatusOr<std::string> LinesOf(const Session& session, ValueSource source) {
  if (source == ValueSource::kServers) return ServerLines();
  if (source == ValueSource::kKeys) return KeyLines();
  ASSIGN_OR_RETURN(const std::vector<Run> runs, NewestRuns(session));
  return source == ValueSource::kTags ? TagLines(runs) : RunLines(runs);
}

struct CompletionOptions {
  ValueSource source = ValueSource::kNone;
  std::string script;  // in place of values
};

absl::StatusOr<CompletionOptions> ReadCompletion(const CommandWords& words) {
  CompletionOptions options;
  ASSIGN_OR_RETURN(options.source,
                   words.Choice<ValueSource>("--values", ValueSource::kNone,
                                             {ValueSource::kRuns, ValueSource::kTags,
                                              ValueSource::kServers, ValueSource::kKeys}));
  if (options.source != ValueSource::kNone) return options;
  ASSIGN_OR_RETURN(options.script, CompletionScript(words.Operand(), Commands()));
  return options;
}

absl::StatusOr<ExitCode> PrintCompletion(Session& session, const CompletionOptions& options) {
  if (options.source == ValueSource::kNone) return Done(session.console().Write(options.script));
  ASSIGN_OR_RETURN(const std::string lines, LinesOf(session, options.source));
  return Done(session.console().Write(lines));
}

}  // namespace

CommandTree CompletionCommand() {
  return {.name = "completion",
          .help = "print a completion script for a shell",
          .examples = {"powerdown completion bash > /etc/bash_completion.d/powerdown",
                       "powerdown completion zsh > ~/.zfunc/_powerdown",
                       "powerdown completion fish > ~/.config/fish/completions/powerdown.fish"},
          .operand = {.name = "bash|zsh|fish", .is_required = false},
          .flags = {Flag("--values", "runs|tags|servers|keys",
                         "print these instead, one a line: what the scripts ask for")},
          .read = ReadThenRun(ReadCompletion, PrintCompletion)};
}

}  // namespace powerdown
