// Usual against stopped, live and at the end.
#include <memory>

#include "client/cli/commands.h"
#include "client/cli/following.h"
#include "client/cli/run_output.h"
#include "client/cli/terminal/live_display.h"
#include "client/cli/text/compare_report.h"
#include "client/cli/text/csv.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

absl::StatusOr<Comparison> FindOrCreate(Connection& connection, const CompareCommand& command) {
  if (!command.comparison_id.empty()) return connection.GetComparison(command.comparison_id);
  return connection.CreateComparison({.spec = command.spec,
                                      .mode = command.mode,
                                      .schedule = command.schedule,
                                      .validate_only = command.is_dry_run});
}

// One row a side, so that a spreadsheet can put comparisons below each other.
std::string ComparisonCsv(const Comparison& comparison) {
  Json usual = RunJson(comparison.usual);
  Json stopped = RunJson(comparison.stopped);
  Json rows[] = {{{"side", "usual"}}, {{"side", "stopped"}}};
  rows[0].update(usual);
  rows[1].update(stopped);
  for (Json& row : rows) row["comparison_id"] = comparison.comparison_id;
  return CsvOf({rows[0], rows[1]});
}

absl::Status WriteComparison(Console& console, OutputFormat output, const Comparison& comparison) {
  switch (output) {
    case OutputFormat::kTable:
      return console.Write(CompareReport(comparison, console.style()));
    case OutputFormat::kJson:
      return console.WriteJson(ComparisonJson(comparison));
    case OutputFormat::kJsonLines:
      return console.WriteJsonLine(ComparisonJson(comparison));
    case OutputFormat::kCsv:
      return console.Write(ComparisonCsv(comparison));
  }
  return absl::OkStatus();
}

absl::StatusOr<FollowEnd> FollowComparison(Session& session, Connection& connection,
                                           const Comparison& comparison, LiveDisplay* display) {
  const bool is_parallel = comparison.mode == ComparisonMode::kParallel;
  std::vector<std::string> runs = {comparison.usual.run_id};
  if (is_parallel) runs.push_back(comparison.stopped.run_id);
  Console& console = session.console();
  const bool has_lines = session.output() == OutputFormat::kJsonLines;
  FollowTasks tasks;
  tasks.on_update = [&](size_t index, const RunUpdate& update) {
    if (display) display->Apply(index, update);
    return has_lines ? console.WriteJsonLine(UpdateJson(update)) : absl::OkStatus();
  };
  tasks.on_state = [&](const std::string& state) {
    if (display) display->SetConnection(state);
  };
  tasks.on_tick = [&](absl::Time now) {
    if (display) display->Tick(now);
  };
  return Follow(connection, runs, 0, session.options().timeout, tasks);
}

ExitCode OutcomeOfBoth(Console& console, const Comparison& comparison) {
  const ExitCode usual = OutcomeOf(console, comparison.usual);
  if (usual != ExitCode::kDone || comparison.mode == ComparisonMode::kShared) return usual;
  return OutcomeOf(console, comparison.stopped);
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const CompareCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(Comparison comparison, FindOrCreate(*connection, command));
  Console& console = session.console();
  if (command.is_dry_run) {
    if (session.output() == OutputFormat::kTable) {
      console.Say(Concat("valid: ", SpecText(comparison.spec), ", at most ",
                         CountText(comparison.budget_max_steps), " steps (",
                         comparison.budget_source, ")"));
      return ExitCode::kDone;
    }
    RETURN_IF_ERROR(WriteComparison(console, session.output(), comparison));
    return ExitCode::kDone;
  }
  if (!comparison.has_ended) {
    std::unique_ptr<LiveDisplay> display;
    if (session.output() == OutputFormat::kTable) {
      display = std::make_unique<LiveDisplay>(
          console, comparison.usual, [&] { return connection->GetRun(comparison.usual.run_id); });
      display->MakeComparison(comparison.comparison_id,
                              comparison.mode == ComparisonMode::kParallel);
    }
    ASSIGN_OR_RETURN(const FollowEnd end,
                     FollowComparison(session, *connection, comparison, display.get()));
    if (end == FollowEnd::kDetached) {
      console.Say(Concat("detached; the training goes on. Come back: powerdown compare ",
                         comparison.comparison_id));
      return ExitCode::kDone;
    }
    ASSIGN_OR_RETURN(comparison, connection->GetComparison(comparison.comparison_id));
    if (display) display->Finish(comparison.usual);
  }
  const ExitCode outcome = OutcomeOfBoth(console, comparison);
  // Scripts get the document whatever came out of it; people get the reason alone.
  if (outcome == ExitCode::kDone || session.output() != OutputFormat::kTable) {
    RETURN_IF_ERROR(WriteComparison(console, session.output(), comparison));
  }
  return outcome;
}

}  // namespace powerdown
