#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/compare_report.h"
#include "client/cli/text/wrap.h"
#include "client/model/phrases.h"
#include "client/model/run_saving.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"
#include "common/energy/projection.h"
#include "common/energy/units.h"
#include "common/run/energy_curve.h"
#include "common/run/run.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

constexpr char kOnlyTheShare[] =
    "Only the share carries over, not the step at which a training generalises.";
constexpr char kMeasuredAfterStop[] = "the energy used after the stop";

// What one run saved, and where the number comes from.
struct SavedByOne {
  std::string comparison_id;  // empty: of a run that was not compared
  std::string run_id;
  std::string shown_id;
  std::string task;
  Joules saved;
  Joules low;
  Joules high;
  Joules gross;  // of the usual run, to its end
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
  return SavedByOne{comparison.comparison_id,
                    comparison.usual.run_id,
                    ShownId(comparison.usual),
                    SpecText(comparison.spec),
                    comparison.saved->gross,
                    comparison.saved->low,
                    comparison.saved->high,
                    comparison.usual.energy ? comparison.usual.energy->gross : Joules(0),
                    comparison.usual.factors,
                    "measured",
                    kMeasuredAfterStop};
}

// Of a run that ended at its stop: extrapolated to its schedule.
absl::StatusOr<SavedByOne> OfStopped(const Run& run) {
  const std::optional<Saving> saved = SavedAgainstSchedule(run);
  if (!saved) {
    return absl::FailedPreconditionError(
        Concat("run ", ShownId(run), ": the energy is not known, or no step was left"));
  }
  return SavedByOne{"",
                    run.run_id,
                    ShownId(run),
                    TrainingText(run),
                    saved->gross,
                    saved->low,
                    saved->high,
                    run.energy->gross + saved->gross,
                    run.factors,
                    "extrapolated",
                    Concat("energy per step, carried on from step ", CountText(run.steps),
                           " to the step limit of ", CountText(run.max_steps))};
}

// Of a run that trained on after its stop: the energy measured from there on.
absl::StatusOr<SavedByOne> OfObserved(const Run& run, const std::vector<StepReport>& reports) {
  const std::optional<Joules> saved = EnergyAfter(EnergyCurve(reports), run.stop->step);
  if (!run.energy || run.energy->gross.value() <= 0 || !saved) {
    return absl::FailedPreconditionError(Concat("run ", ShownId(run), ": the energy is not known"));
  }
  SavedByOne one{"",          run.run_id, ShownId(run),      TrainingText(run),
                 *saved,      Joules(0),  Joules(0),         run.energy->gross,
                 run.factors, "measured", kMeasuredAfterStop};
  const double gross = run.energy->gross.value();
  one.low = one.saved * (run.energy->low.value() / gross);
  one.high = one.saved * (run.energy->high.value() / gross);
  return one;
}

// One number for one run: that of its comparison, if it has one.
absl::StatusOr<SavedByOne> Find(Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const Run run, connection.GetRun(id));
  if (!run.comparison_id.empty()) {
    const absl::StatusOr<Comparison> of_run = connection.GetComparison(run.comparison_id);
    if (of_run.ok()) return OfComparison(*of_run);
    if (!absl::IsNotFound(of_run.status())) return of_run.status();
  }
  if (run.state == RunState::kStopped) return OfStopped(run);
  if (!IsByRule(run.stop)) {
    return absl::FailedPreconditionError(
        Concat("run ", ShownId(run),
               " has no stop, so it saved nothing; measure a saving with: powerdown compare"));
  }
  ASSIGN_OR_RETURN(const std::vector<StepReport> reports, FetchReports(connection, run));
  return OfObserved(run, reports);
}

// A fleet, of runs like the one that was measured or of a training of another size.
struct Fleet {
  SavedByOne one;
  std::optional<TrainingSize> size;
  std::optional<SavedShare> share;  // with a size
  std::vector<FleetRow> rows;
};

Json SavedJson(const Fleet& fleet) {
  const SavedByOne& one = fleet.one;
  Json json = {{"run_id", one.run_id},
               {"basis", one.basis},
               {"saved",
                {{"gross_joules", NumberJson(one.saved.value())},
                 {"low_joules", NumberJson(one.low.value())},
                 {"high_joules", NumberJson(one.high.value())}}}};
  if (!one.comparison_id.empty()) json["comparison_id"] = one.comparison_id;
  if (fleet.size) {
    json["projection"] = {{"share", NumberJson(fleet.share->share)},
                          {"share_low", NumberJson(fleet.share->low)},
                          {"share_high", NumberJson(fleet.share->high)},
                          {"run_energy_joules", NumberJson(fleet.size->energy.value())},
                          {"training", fleet.size->name},
                          {"source", fleet.size->source}};
  }
  json["fleet"] = Json::array();
  for (const FleetRow& row : fleet.rows) json["fleet"].push_back(FleetJson(row));
  return json;
}

std::string SavedText(const Fleet& fleet, const Style& style) {
  const SavedByOne& one = fleet.one;
  std::string text = Concat(one.comparison_id.empty() ? "run " : "comparison ", one.shown_id, "   ",
                            one.task, "\n");
  const auto add = [&](const std::string& line) {
    text += style.width() > 0 ? WrapText(line, style.width(), 0) : line + "\n";
  };
  add(Concat("saved per run: ", EnergyText(one.saved), " (", EnergyText(one.low), " to ",
             EnergyText(one.high), "), ", one.basis, ": ", one.explanation));
  if (fleet.size) {
    add(ProjectionText(*fleet.share, *fleet.size));
    add(kOnlyTheShare);
  }
  return text + FleetReport(fleet.rows, one.factors, style);
}

struct FleetOptions {
  std::string id;                    // of a run or a comparison
  int64_t runs_per_year = 0;         // 0: the usual sizes
  std::optional<TrainingSize> size;  // nullopt: that of the run
};

absl::StatusOr<double> ReadNumber(const CommandWords& words, const std::string& flag) {
  double number = 0;
  const std::string text = words.Text(flag);
  if (!absl::SimpleAtod(text, &number)) {
    return absl::InvalidArgumentError(
        Concat(flag.substr(2), ": value is ", Quoted(text),
               "; --gpus, --hours and --gpu-watts go together, each a number above 0"));
  }
  return number;
}

// At most one of the three ways to say how large a run is.
absl::StatusOr<std::optional<TrainingSize>> ReadSize(const CommandWords& words) {
  const bool has_gpus = words.Has("--gpus") || words.Has("--hours") || words.Has("--gpu-watts");
  if (int{words.Has("--run-energy")} + int{words.Has("--like")} + int{has_gpus} > 1) {
    return absl::InvalidArgumentError(
        "the size of a run is given once: by --run-energy, by --like, or by --gpus, --hours and "
        "--gpu-watts");
  }
  absl::StatusOr<TrainingSize> size = absl::NotFoundError("");
  if (const auto energy = words.Find("--run-energy")) {
    size = SizeOfEnergy(*energy);
    if (!size.ok()) {
      return absl::InvalidArgumentError(Concat("run-energy: ", StdView(size.status().message())));
    }
  } else if (const auto like = words.Find("--like")) {
    size = FindTraining(*like);
    if (!size.ok()) {
      return absl::InvalidArgumentError(Concat("like: ", StdView(size.status().message())));
    }
  } else if (has_gpus) {
    ASSIGN_OR_RETURN(const double gpus, ReadNumber(words, "--gpus"));
    ASSIGN_OR_RETURN(const double hours, ReadNumber(words, "--hours"));
    ASSIGN_OR_RETURN(const double watts, ReadNumber(words, "--gpu-watts"));
    size = SizeOfGpus(gpus, hours, watts);
    RETURN_IF_ERROR(size.status());
  }
  return size.ok() ? std::optional(*std::move(size)) : std::nullopt;
}

absl::StatusOr<FleetOptions> ReadFleet(const CommandWords& words) {
  FleetOptions options{.id = words.Operand()};
  ASSIGN_OR_RETURN(options.runs_per_year, words.Whole("--runs-per-year", 0, 1, 1'000'000'000'000));
  ASSIGN_OR_RETURN(options.size, ReadSize(words));
  return options;
}

absl::StatusOr<ExitCode> PrintFleet(Session& session, const FleetOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Fleet fleet{.size = options.size};
  ASSIGN_OR_RETURN(fleet.one, Find(*connection, options.id));
  const SavedByOne& one = fleet.one;
  if (fleet.size) {
    ASSIGN_OR_RETURN(fleet.share, ShareOf(one.saved, one.low, one.high, one.gross));
  }
  std::vector<int64_t> sizes = fleet.size ? ProjectedFleetSizes() : FleetSizes();
  if (options.runs_per_year > 0) sizes = {options.runs_per_year};
  for (const int64_t runs : sizes) {
    fleet.rows.push_back(fleet.size ? ProjectedFleet(*fleet.share, *fleet.size, runs, one.factors)
                                    : FleetOf(one.saved, one.low, one.high, runs, one.factors));
  }
  const Json json = SavedJson(fleet);
  return Done(Print(session.console(),
                    {.objects = {json},
                     .rows = std::vector<Json>(json["fleet"].begin(), json["fleet"].end()),
                     .text = [&](const Style& style) { return SavedText(fleet, style); }}));
}

std::string TrainingKeys() {
  std::string keys;
  for (const TrainingSize& training : PublishedTrainings()) {
    keys += Concat(keys.empty() ? "" : "|", training.key);
  }
  return keys;
}

}  // namespace

CommandTree FleetCommand() {
  return {.name = "fleet",
          .help = "what stopping in time saves in a year of runs like this one",
          .examples = {"powerdown fleet 01k9 --runs-per-year 5000",
                       "powerdown fleet 01k9 --like bert-base --runs-per-year 40",
                       "powerdown fleet 01k9 --gpus 8 --hours 72 --gpu-watts 400"},
          .operand = {.name = "RUN|COMPARISON"},
          .flags = {Flag("--runs-per-year", "N",
                         "runs a year [1,000 to 1,000,000; 1 to 1,000 of a projected size]"),
                    Flag("--run-energy", "AMOUNT",
                         "project the saved share to runs of this energy: 50kWh"),
                    Flag("--like", TrainingKeys(),
                         "project it to the published energy of such a training"),
                    Flag("--gpus", "N", "project it to runs on so many GPUs…"),
                    Flag("--hours", "H", "… for so long…"),
                    Flag("--gpu-watts", "W", "… each drawing so much")},
          .read = ReadThenRun(ReadFleet, PrintFleet)};
}

}  // namespace powerdown
