// What stopping in time would save a year, of runs like one that was measured.
#include "client/cli/commands.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/compare_report.h"
#include "client/cli/text/csv.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"
#include "common/run/run_log.h"
#include "common/study/stop_evaluation.h"

namespace powerdown {
namespace {

// What one run saved, and how that is known.
struct SavedByOne {
  std::string noun;  // "run", "comparison"
  std::string id;
  std::string task;
  Joules saved;
  Joules low;
  Joules high;
  FootprintFactors factors;
  std::string basis;  // "measured", "extrapolated"
  std::string words;
};

absl::StatusOr<SavedByOne> OfComparison(const Comparison& comparison) {
  if (!comparison.has_ended) {
    return absl::FailedPreconditionError(Concat("comparison ", comparison.comparison_id,
                                                " has not ended; see it: powerdown compare ",
                                                comparison.comparison_id));
  }
  if (!comparison.saved) {
    return absl::FailedPreconditionError(
        Concat("comparison ", comparison.comparison_id, " saved nothing that was measured"));
  }
  return SavedByOne{"comparison",
                    comparison.comparison_id,
                    SpecText(comparison.spec),
                    comparison.saved->gross,
                    comparison.saved->low,
                    comparison.saved->high,
                    comparison.usual.factors,
                    "measured",
                    "the stretch after the stop, as it was metered"};
}

// Of a run that went on past its stop, the stretch after it; of one that was stopped, its energy a
// step carried on to the steps that it had been given.
absl::StatusOr<SavedByOne> OfRun(const Run& run, const std::vector<StepReport>& reports) {
  const std::string name = Concat("run ", run.run_id);
  if (!run.stop) {
    return absl::FailedPreconditionError(
        Concat(name, " has no stop, so it shows no saving; one that does: powerdown compare"));
  }
  if (!run.energy || run.energy->gross.value() <= 0 || reports.empty()) {
    return absl::FailedPreconditionError(Concat(name, ": its energy is not known"));
  }
  const int64_t stop = run.stop->step;
  const double at_stop = EnergyAt(reports, stop);
  const int64_t last = reports.back().evaluation.step;
  SavedByOne one{
      .noun = "run", .id = run.run_id, .task = SpecText(run.spec), .factors = run.factors};
  if (last > stop) {
    one.saved = Joules(EnergyAt(reports, last) - at_stop);
    one.basis = "measured";
    one.words = "the stretch after the stop, as it was metered";
  } else {
    one.saved =
        Joules(at_stop / static_cast<double>(stop) * static_cast<double>(run.max_steps - stop));
    one.basis = "extrapolated";
    one.words = Concat("energy a step carried on from step ", CountText(stop), " to the ",
                       CountText(run.max_steps), " that it was given");
  }
  const double gross = run.energy->gross.value();
  one.low = one.saved * (run.energy->low.value() / gross);
  one.high = one.saved * (run.energy->high.value() / gross);
  return one;
}

absl::StatusOr<SavedByOne> Find(Connection& connection, const std::string& id) {
  const absl::StatusOr<Comparison> comparison = connection.GetComparison(id);
  if (comparison.ok()) return OfComparison(*comparison);
  if (!absl::IsNotFound(comparison.status())) return comparison.status();
  ASSIGN_OR_RETURN(const Run run, connection.GetRun(id));
  if (!run.stop && !run.comparison_id.empty()) {
    ASSIGN_OR_RETURN(const Comparison its, connection.GetComparison(run.comparison_id));
    return OfComparison(its);
  }
  std::vector<StepReport> reports;
  RETURN_IF_ERROR(ForEachReport(connection, run, [&](const StepReport& report) {
    reports.push_back(report);
    return absl::OkStatus();
  }));
  return OfRun(run, StandingReports(std::move(reports)));
}

Json SavedJson(const SavedByOne& one, const std::vector<FleetRow>& rows) {
  Json json = {{one.noun + "_id", one.id},
               {"basis", one.basis},
               {"saved",
                {{"gross_joules", NumberJson(one.saved.value())},
                 {"low_joules", NumberJson(one.low.value())},
                 {"high_joules", NumberJson(one.high.value())}}}};
  json["fleet"] = Json::array();
  for (const FleetRow& row : rows) json["fleet"].push_back(FleetJson(row));
  return json;
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const FleetCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const SavedByOne one, Find(*connection, command.id));
  std::vector<FleetRow> rows;
  for (const int64_t runs :
       command.runs_per_year > 0 ? std::vector{command.runs_per_year} : FleetSizes()) {
    rows.push_back(FleetOf(one.saved, one.low, one.high, runs, one.factors));
  }
  Console& console = session.console();
  const Json json = SavedJson(one, rows);
  switch (session.output()) {
    case OutputFormat::kTable:
      RETURN_IF_ERROR(console.Write(
          Concat(one.noun, " ", one.id, "   ", one.task, "\nsaved a run: ", EnergyText(one.saved),
                 " (", EnergyText(one.low), " to ", EnergyText(one.high), "), ", one.basis, ": ",
                 one.words, "\n", FleetReport(rows, one.factors, console.style()))));
      break;
    case OutputFormat::kJson:
      RETURN_IF_ERROR(console.WriteJson(json));
      break;
    case OutputFormat::kJsonLines:
      RETURN_IF_ERROR(console.WriteJsonLine(json));
      break;
    case OutputFormat::kCsv:
      RETURN_IF_ERROR(console.Write(CsvOf({json["fleet"].begin(), json["fleet"].end()})));
      break;
  }
  return ExitCode::kDone;
}

}  // namespace powerdown
