// What all runs together show.
#include "client/cli/commands.h"
#include "client/cli/csv.h"
#include "client/cli/run_report.h"
#include "common/status.h"

namespace powerdown {
namespace {

// From the run's own reports: a report holds the ledger at its commit.
absl::StatusOr<std::optional<Joules>> EnergyAtGrok(Connection& connection, const Run& run) {
  std::optional<Joules> energy;
  if (!run.grok_step || !run.energy || !HasEnded(run.state)) return energy;
  const auto on_update = [&](const RunUpdate& update) {
    const auto* report = std::get_if<StepReport>(&update);
    if (report == nullptr || report->evaluation.step < *run.grok_step) return true;
    energy = report->energy;
    return false;
  };
  const absl::Status status =
      connection.WatchRun(run.run_id, 0, on_update, [](const std::string&) {});
  if (!status.ok() && !absl::IsCancelled(status)) return status;
  return energy;
}

absl::Status Write(Session& session, const std::vector<RunGroup>& groups) {
  Console& console = session.console();
  if (session.output() == OutputFormat::kTable) {
    if (!groups.empty()) return console.Write(ReportTable(groups, console.style()));
    console.Say("no runs to report on; submit one: powerdown run submit");
    return absl::OkStatus();
  }
  std::vector<Json> objects;
  for (const RunGroup& group : groups) objects.push_back(GroupJson(group));
  if (session.output() == OutputFormat::kJson) return console.WriteJson(Json(objects));
  if (session.output() == OutputFormat::kCsv) return console.Write(CsvOf(objects));
  for (const Json& object : objects) RETURN_IF_ERROR(console.WriteJsonLine(object));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const ReportCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<Run> runs, connection->ListRuns({.filter = command.filter}));
  std::vector<ReportedRun> reported;
  for (const Run& run : runs) {
    ASSIGN_OR_RETURN(const std::optional<Joules> energy, EnergyAtGrok(*connection, run));
    reported.push_back({run, energy});
  }
  RETURN_IF_ERROR(Write(session, GroupRuns(reported)));
  return ExitCode::kDone;
}

}  // namespace powerdown
