#include "client/cli/commands/compare.h"

#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/ending.h"
#include "client/cli/following.h"
#include "client/cli/output.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "client/cli/spec_flags.h"
#include "client/cli/terminal/live_display.h"
#include "client/cli/text/compare_report.h"
#include "client/cli/text/end_card.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"
#include "common/run/training_schedule.h"

namespace powerdown {
namespace {

// One row a side, so that a spreadsheet can put comparisons below each other.
std::vector<Json> RowsOf(const Comparison& comparison) {
  std::vector<Json> rows = {{{"side", "usual"}}, {{"side", "stopped"}}};
  rows[0].update(RunJson(comparison.usual));
  rows[1].update(RunJson(comparison.stopped));
  for (Json& row : rows) row["comparison_id"] = comparison.comparison_id;
  return rows;
}

absl::Status PrintComparison(Console& console, const Comparison& comparison, const TextFor& text) {
  return Print(console,
               {.objects = {ComparisonJson(comparison)}, .rows = RowsOf(comparison), .text = text});
}

// Called where people read it: the model is asked for the card.
TextFor EndText(Connection& connection, const Comparison& comparison, bool has_details) {
  return [&, has_details](const Style& style) {
    if (has_details) return CompareReport(comparison, style);
    return EndCard(comparison, AskWhatItLearned(connection, comparison.usual, style), style);
  };
}

absl::StatusOr<ExitCode> PrintDryRun(Console& console, const Comparison& comparison) {
  if (!console.IsForPeople()) return Done(PrintComparison(console, comparison, nullptr));
  console.Say(Concat("valid: ", SpecText(comparison.spec), ", at most ",
                     CountText(comparison.schedule_max_steps), " steps (",
                     comparison.schedule_source, ")"));
  return ExitCode::kDone;
}

absl::StatusOr<FollowEnd> FollowComparison(Session& session, Connection& connection,
                                           const Comparison& comparison, LiveDisplay* display) {
  std::vector<std::string> runs = {comparison.usual.run_id};
  if (comparison.mode == ComparisonMode::kParallel) runs.push_back(comparison.stopped.run_id);
  Console& console = session.console();
  FollowTasks tasks = ShowOn(display);
  if (console.format() == OutputFormat::kJsonLines) {
    tasks.on_update = [&](size_t, const RunUpdate& update) {
      return console.WriteJsonLine(UpdateJson(update));
    };
  }
  return Follow(connection, runs, 0, session.options().timeout, tasks);
}

// The comparison at its end. Nullopt: Ctrl-C came first.
absl::StatusOr<std::optional<Comparison>> AwaitComparison(Session& session, Connection& connection,
                                                          const Comparison& comparison) {
  std::unique_ptr<LiveDisplay> display;
  if (session.console().IsForPeople()) {
    display = std::make_unique<LiveDisplay>(session.console(), comparison.usual, [&] {
      return connection.GetRun(comparison.usual.run_id);
    });
    display->MakeComparison(comparison.comparison_id, comparison.mode == ComparisonMode::kParallel);
  }
  ASSIGN_OR_RETURN(const FollowEnd end,
                   FollowComparison(session, connection, comparison, display.get()));
  if (end == FollowEnd::kDetached) return std::optional<Comparison>();
  ASSIGN_OR_RETURN(Comparison ended, connection.GetComparison(comparison.comparison_id));
  if (display) display->Finish(ended);
  return std::optional<Comparison>(std::move(ended));
}

ExitCode OutcomeOfBoth(Console& console, const Comparison& comparison) {
  const ExitCode usual = OutcomeOf(console, comparison.usual);
  if (usual != ExitCode::kDone || comparison.mode == ComparisonMode::kShared) return usual;
  return OutcomeOf(console, comparison.stopped);
}

absl::StatusOr<ExitCode> Compare(Session& session, const CompareOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  absl::StatusOr<Comparison> comparison = options.comparison_id.empty()
                                              ? connection->CreateComparison(options.submission)
                                              : connection->GetComparison(options.comparison_id);
  RETURN_IF_ERROR(comparison.status());
  Console& console = session.console();
  if (options.submission.validate_only) return PrintDryRun(console, *comparison);
  if (!comparison->has_ended) {
    ASSIGN_OR_RETURN(std::optional<Comparison> ended,
                     AwaitComparison(session, *connection, *comparison));
    if (!ended) {
      console.Say(Concat("detached; the training goes on. Follow it again with: powerdown compare ",
                         comparison->comparison_id));
      return ExitCode::kDone;
    }
    comparison = *std::move(ended);
  }
  const ExitCode outcome = OutcomeOfBoth(console, *comparison);
  // Scripts get the document also of a failed comparison; people get only the reason.
  if (outcome == ExitCode::kDone || !console.IsForPeople()) {
    RETURN_IF_ERROR(PrintComparison(console, *comparison,
                                    EndText(*connection, *comparison, options.has_details)));
  }
  return outcome;
}

}  // namespace

absl::StatusOr<CompareOptions> ReadCompare(const CommandWords& words) {
  CompareOptions options;
  options.has_details = words.Has(kDetails);
  if (!words.operands.empty()) {
    options.comparison_id = words.Operand();
    for (const CommandFlag& flag : CompareCommand().flags) {
      if (!words.Has(flag.name) || flag.name == kDetails) continue;
      return absl::InvalidArgumentError(Concat(flag.name, " cannot be changed for the comparison ",
                                               Quoted(options.comparison_id)));
    }
    return options;
  }
  Connection::ComparisonSubmission& submission = options.submission;
  ASSIGN_OR_RETURN(submission.spec, ReadSpec(words));
  const int64_t steps = submission.spec.max_steps;
  const bool has_steps = words.Has("--max-steps") || steps != RunSpec().max_steps;
  submission.schedule =
      words.Find("--schedule").value_or(has_steps ? Concat(steps) : "twice-median");
  RETURN_IF_ERROR(ParseSchedule(submission.schedule).status());
  if (words.Has("--parallel")) submission.mode = ComparisonMode::kParallel;
  submission.validate_only = words.Has("--dry-run");
  return options;
}

CommandTree CompareCommand() {
  CommandTree compare{
      .name = "compare",
      .help = "train a network as long as usual, and show what stopping it in time saves",
      .examples = {"powerdown compare", "powerdown compare --task multiplication --seed 1",
                   "powerdown compare --schedule literature", "powerdown compare 128 --details"},
      .operand = {.name = "COMPARISON", .is_required = false},
      .flags = {Flag("--schedule", "POLICY",
                     "how long people would train: twice-median, prototype, literature, or a "
                     "number of steps [twice-median; --max-steps if given]"),
                DetailsFlag(),
                Flag("--parallel", "", "train both runs, and check that they agree bit for bit"),
                Flag("--dry-run", "", "check everything, train nothing")},
      .read = ReadThenRun(ReadCompare, Compare),
      .commands = {CompareListCommand()}};
  AddSpecFlags(compare);
  return compare;
}

}  // namespace powerdown
