// run clone and run diff: a run again with other settings, and two runs side by side.
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "client/cli/spec_flags.h"
#include "client/cli/text/run_diff.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> CloneRun(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(words.Operand()));
  if (run.command) {
    return absl::FailedPreconditionError(
        Concat("run ", ShownId(run), " is a command: submit it again as powerdown run submit -- ",
               CommandText(*run.command)));
  }
  if (!HasSpec(run)) {
    return absl::FailedPreconditionError(
        Concat("run ", ShownId(run), " is an imported log: what it trained is not known"));
  }
  Connection::Submission submission;
  submission.spec = run.spec;
  RETURN_IF_ERROR(SetSpecFlags(words, submission.spec));
  RETURN_IF_ERROR(ValidateSpec(submission.spec));
  submission.auto_stop = run.comparison_id.empty() ? run.auto_stop : AutoStop::kOn;
  submission.abandon = run.abandon;
  submission.tags = run.tags;
  submission.is_private = run.is_private;
  submission.name = words.Text("--name");
  if (words.Has("--tag")) submission.tags = words.All("--tag");
  ASSIGN_OR_RETURN(const Run clone, connection->SubmitRun(submission));
  return Done(WriteNewRuns(session.console(), {clone}, /*is_list=*/false));
}

absl::StatusOr<ExitCode> DiffRuns(Session& session, const CommandWords& words) {
  if (words.operands.size() != 2) {
    return absl::InvalidArgumentError("run diff needs two runs: powerdown run diff 127 128");
  }
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run a, connection->GetRun(words.operands[0]));
  ASSIGN_OR_RETURN(const Run b, connection->GetRun(words.operands[1]));
  return Done(PrintObject(session.console(), RunDiffJson(a, b),
                          [&](const Style& style) { return RunDiffTable(a, b, style); }));
}

}  // namespace

CommandTree RunCloneCommand() {
  CommandTree clone{.name = "clone",
                    .help = "train a run again, with the given settings changed",
                    .examples = {"powerdown run clone 128 --seed 7",
                                 "powerdown run clone last --weight-decay 3 --name decay"},
                    .operand = {.name = "RUN"},
                    .flags = {Flag("--name", "NAME", "name shown in lists"),
                              RepeatableFlag("--tag", "TAG", "tags in place of the run's")},
                    .read = RunOnWords(CloneRun)};
  AddSpecFlags(clone);
  return clone;
}

CommandTree RunDiffCommand() {
  return {.name = "diff",
          .help = "the settings in which two runs differ, and their results",
          .examples = {"powerdown run diff 127 128"},
          .operand = {.name = "RUN", .is_repeatable = true},
          .read = RunOnWords(DiffRuns)};
}

}  // namespace powerdown
