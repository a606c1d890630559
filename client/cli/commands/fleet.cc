#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/compare_report.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/energy/footprint.h"
#include "common/energy/units.h"
#include "common/run/energy_curve.h"
#include "common/run/run.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

constexpr char kMeasuredAfterStop[] = "the energy used after the stop";

// What one run saved, and where the number comes from.
struct SavedByOne {
  std::string noun;  // "run", "comparison"
  std::string id;
  std::string task;
  Joules saved;
  Joules low;
  Joules high;
  FootprintFactors factors;
  std::string basis;        // "measured", "extrapolated"
  std::string explanation;  // of the basis
};

absl::StatusOr<SavedByOne> OfComparison(const Comparison& comparison) {
  if (!comparison.has_ended) {
    return absl::FailedPreconditionError(Concat("comparison ", comparison.comparison_id,
                                                " has not ended; see it: powerdown compare ",
                                                comparison.comparison_id));
  }
  if (!comparison.saved) {
    return absl::FailedPreconditionError(
        Concat("comparison ", comparison.comparison_id, " has no measured saving"));
  }
  return SavedByOne{"comparison",
                    comparison.comparison_id,
                    SpecText(comparison.spec),
                    comparison.saved->gross,
                    comparison.saved->low,
                    comparison.saved->high,
                    comparison.usual.factors,
                    "measured",
                    kMeasuredAfterStop};
}

// If the run trained on after its stop, the saving is the energy measured from there on. Otherwise
// it is extrapolated: the run's energy per step times the steps that were left.
absl::StatusOr<SavedByOne> OfRun(const Run& run, const std::vector<StepReport>& reports) {
  const std::string name = Concat("run ", run.run_id);
  if (!run.stop) {
    return absl::FailedPreconditionError(Concat(
        name, " has no stop, so it saved nothing; measure a saving with: powerdown compare"));
  }
  const int64_t stop = run.stop->step;
  const SeriesPyramid energy = EnergyCurve(reports);
  const std::optional<Joules> at_stop = EnergyCarriedOn(energy, stop);
  if (!run.energy || run.energy->gross.value() <= 0 || !at_stop) {
    return absl::FailedPreconditionError(Concat(name, ": the energy is not known"));
  }
  SavedByOne one{
      .noun = "run", .id = run.run_id, .task = SpecText(run.spec), .factors = run.factors};
  if (reports.back().evaluation.step > stop) {
    one.saved = *EnergyAtEnd(energy) - *at_stop;
    one.basis = "measured";
    one.explanation = kMeasuredAfterStop;
  } else {
    one.saved = EnergyCarriedOn(energy, run.max_steps).value_or(*at_stop) - *at_stop;
    one.basis = "extrapolated";
    one.explanation = Concat("energy per step, carried on from step ", CountText(stop),
                             " to the step limit of ", CountText(run.max_steps));
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
    ASSIGN_OR_RETURN(const Comparison of_run, connection.GetComparison(run.comparison_id));
    return OfComparison(of_run);
  }
  ASSIGN_OR_RETURN(const std::vector<StepReport> reports, FetchReports(connection, run));
  return OfRun(run, reports);
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

std::string SavedText(const SavedByOne& one, const std::vector<FleetRow>& rows,
                      const Style& style) {
  return Concat(one.noun, " ", one.id, "   ", one.task, "\nsaved per run: ", EnergyText(one.saved),
                " (", EnergyText(one.low), " to ", EnergyText(one.high), "), ", one.basis, ": ",
                one.explanation, "\n", FleetReport(rows, one.factors, style));
}

struct FleetOptions {
  std::string id;             // of a run or a comparison
  int64_t runs_per_year = 0;  // 0: the usual sizes
};

absl::StatusOr<FleetOptions> ReadFleet(const CommandWords& words) {
  FleetOptions options{.id = words.Operand()};
  ASSIGN_OR_RETURN(options.runs_per_year, words.Whole("--runs-per-year", 0, 1, 1'000'000'000'000));
  return options;
}

absl::StatusOr<ExitCode> PrintFleet(Session& session, const FleetOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const SavedByOne one, Find(*connection, options.id));
  std::vector<FleetRow> rows;
  for (const int64_t runs :
       options.runs_per_year > 0 ? std::vector{options.runs_per_year} : FleetSizes()) {
    rows.push_back(FleetOf(one.saved, one.low, one.high, runs, one.factors));
  }
  const Json json = SavedJson(one, rows);
  return Done(Print(session.console(),
                    {.objects = {json},
                     .rows = std::vector<Json>(json["fleet"].begin(), json["fleet"].end()),
                     .text = [&](const Style& style) { return SavedText(one, rows, style); }}));
}

}  // namespace

CommandTree FleetCommand() {
  return {.name = "fleet",
          .help = "what stopping in time saves in a year of runs like this one",
          .examples = {"powerdown fleet 01k9 --runs-per-year 5000"},
          .operand = {.name = "RUN|COMPARISON"},
          .flags = {Flag("--runs-per-year", "N", "runs a year [rows for 1,000 to 1,000,000]")},
          .read = ReadThenRun(ReadFleet, PrintFleet)};
}

}  // namespace powerdown
