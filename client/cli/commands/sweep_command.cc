#include "client/cli/commands/sweep_command.h"

#include <algorithm>
#include <random>

#include "absl/time/clock.h"
#include "client/cli/following.h"
#include "client/cli/run_output.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

std::string NewGroup() {
  return IdGenerator(std::random_device()()).Next(absl::Now());
}

// One after the other: all are followed to their end, and a watch each would be hundreds.
absl::StatusOr<FollowEnd> AwaitAll(Session& session, Connection& connection,
                                   const std::vector<Run>& runs) {
  FollowTasks tasks;
  tasks.on_update = [](size_t, const RunUpdate&) { return absl::OkStatus(); };
  const absl::Time begin = absl::Now();
  for (size_t i = 0; i < runs.size(); ++i) {
    std::optional<absl::Duration> left = session.options().timeout;
    if (left) *left = std::max(absl::Seconds(1), *left - (absl::Now() - begin));
    ASSIGN_OR_RETURN(const FollowEnd end, Follow(connection, {runs[i].run_id}, 0, left, tasks));
    if (end == FollowEnd::kDetached) return end;
    session.console().Say(Concat(i + 1, " of ", runs.size(), " have ended: ", runs[i].name));
  }
  return FollowEnd::kComplete;
}

absl::StatusOr<std::vector<Run>> SubmitAll(Connection& connection, const SubmitCommand& command,
                                           const std::string& tag) {
  std::vector<Run> runs;
  for (const SweepPoint& point : command.sweep) {
    std::vector<std::string> tags = command.tags;
    tags.push_back(tag);
    const std::string prefix = command.name.empty() ? "" : Concat(command.name, " ");
    absl::StatusOr<Run> run = connection.SubmitRun({.spec = point.spec,
                                                    .auto_stop = command.auto_stop,
                                                    .abandon = command.abandon,
                                                    .name = Concat(prefix, point.label),
                                                    .tags = std::move(tags),
                                                    .is_private = command.is_private,
                                                    .priority = command.priority,
                                                    .budget = command.budget,
                                                    .validate_only = command.is_dry_run});
    if (!run.ok()) {
      return absl::Status(
          run.status().code(),
          Concat(point.label, ": ", StdView(run.status().message()), " (", runs.size(), " of ",
                 command.sweep.size(), " runs are queued, ", "tag ", tag, ")"));
    }
    runs.push_back(*std::move(run));
  }
  return runs;
}

}  // namespace

absl::StatusOr<ExitCode> SubmitSweep(Session& session, const SubmitCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  const std::string tag = Concat("sweep:", command.name.empty() ? NewGroup() : command.name);
  ASSIGN_OR_RETURN(std::vector<Run> runs, SubmitAll(*connection, command, tag));
  Console& console = session.console();
  const std::string filter = Concat("'tag = \"", tag, "\"'");
  ExitCode outcome = ExitCode::kDone;
  if (command.has_wait && !command.is_dry_run) {
    ASSIGN_OR_RETURN(const FollowEnd end, AwaitAll(session, *connection, runs));
    if (end == FollowEnd::kDetached) {
      console.Say(Concat("detached; the runs go on. See them: powerdown report ", filter));
      return ExitCode::kDone;
    }
    for (Run& run : runs) {
      ASSIGN_OR_RETURN(run, connection->GetRun(run.run_id));
      if (OutcomeOf(console, run) != ExitCode::kDone) outcome = ExitCode::kRunFailed;
    }
  }
  RETURN_IF_ERROR(command.is_dry_run
                      ? WriteRuns(console, session.output(), runs, /*is_queue=*/false)
                      : WriteNewRuns(console, session.output(), runs, /*is_list=*/true));
  if (session.output() == OutputFormat::kTable && !command.is_dry_run) {
    console.Say(Concat("powerdown report ", filter, " sums them up"));
  }
  return outcome;
}

}  // namespace powerdown
