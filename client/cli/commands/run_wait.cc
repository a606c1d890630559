// run wait: until a run, or all runs with a tag, have ended.
#include <algorithm>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/following.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// A run by its id, else all runs that have the word as a tag.
absl::StatusOr<std::vector<Run>> RunsNamed(Connection& connection, const std::string& word) {
  const std::string quoted = absl::StrReplaceAll(word, {{"\\", "\\\\"}, {"\"", "\\\""}});
  ASSIGN_OR_RETURN(std::vector<Run> tagged,
                   connection.ListRuns({.filter = Concat("tag = \"", quoted, "\"")}));
  if (!tagged.empty()) return tagged;
  absl::StatusOr<Run> run = connection.GetRun(word);
  if (run.ok()) return std::vector<Run>{*std::move(run)};
  if (!absl::IsNotFound(run.status())) return run.status();
  return absl::NotFoundError(Concat("no run has the id, name or tag ", Quoted(word)));
}

absl::StatusOr<ExitCode> WaitForRuns(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(std::vector<Run> runs, RunsNamed(*connection, words.Operand()));
  Console& console = session.console();
  const absl::Time begin = absl::Now();
  ExitCode outcome = ExitCode::kDone;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::optional<absl::Duration> left = session.options().timeout;
    if (left) *left = std::max(absl::Seconds(1), *left - (absl::Now() - begin));
    if (!HasEnded(runs[i].state)) {
      ASSIGN_OR_RETURN(const FollowEnd end,
                       Follow(*connection, {runs[i].run_id}, 0, left, ShowOn(nullptr)));
      if (end == FollowEnd::kDetached) {
        console.Say("detached; the runs go on");
        return ExitCode::kDone;
      }
      ASSIGN_OR_RETURN(runs[i], connection->GetRun(runs[i].run_id));
    }
    if (runs.size() > 1 && console.IsForPeople()) {
      console.Say(Concat(i + 1, " of ", runs.size(), " have ended: ", ShownId(runs[i])));
    }
    if (OutcomeOf(console, runs[i]) != ExitCode::kDone) outcome = ExitCode::kRunFailed;
  }
  RETURN_IF_ERROR(WriteRuns(console, runs));
  return outcome;
}

}  // namespace

CommandTree RunWaitCommand() {
  return {.name = "wait",
          .help = "wait until a run, or all runs with a tag, have ended; exit code 6 if one failed",
          .examples = {"powerdown run wait night && powerdown report 'tag = \"night\"'",
                       "powerdown run wait last"},
          .operand = {.name = "TAG|RUN"},
          .read = RunOnWords(WaitForRuns)};
}

}  // namespace powerdown
