// Weights of forecasts: shown, trained, judged.
#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/shipped.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/forecast/held_out.h"
#include "common/forecast/predictor_training.h"
#include "common/platform/files.h"
#include "common/study/predictor_evaluation.h"
#include "common/study/simulation_evaluation.h"

namespace powerdown {
namespace {

constexpr char kOwnWeights[] = "predictor.json";

std::vector<RecordedRun> RecordedRunsOf(std::vector<RunBundle> bundles) {
  std::vector<RecordedRun> runs;
  for (RunBundle& bundle : bundles) {
    std::vector<StepReport> reports = ReportsOf(bundle);
    if (reports.empty()) continue;
    runs.push_back({std::move(bundle.run), std::move(reports)});
  }
  return runs;
}

absl::StatusOr<std::vector<RecordedRun>> RunsOf(Session& session, const PredictorCommand& command) {
  const std::string folder = command.folder.empty() ? ShippedFolder() : command.folder;
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundleFolder(folder));
  if (command.has_own_runs) {
    ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
    ASSIGN_OR_RETURN(const std::vector<Run> own, connection->ListRuns({}));
    for (const Run& run : own) {
      if (!HasEnded(run.state)) continue;
      ASSIGN_OR_RETURN(const std::string bundle, connection->ExportRun(run.run_id));
      ASSIGN_OR_RETURN(std::vector<RunBundle> read, ReadBundles(bundle, run.run_id));
      bundles.push_back(std::move(read.front()));
    }
  }
  return RecordedRunsOf(std::move(bundles));
}

Json ShownJson(const Predictor& predictor) {
  const PredictorWeights& weights = predictor.weights();
  return {{"model", predictor.name()},        {"hash", predictor.hash()},
          {"version", weights.version},       {"feature_schema", weights.feature_schema},
          {"trained_on", weights.trained_on}, {"runs", weights.runs},
          {"grokked", weights.events},        {"operations", weights.operations}};
}

absl::Status WriteRows(Session& session, const std::vector<Json>& objects,
                       const std::string& table) {
  Console& console = session.console();
  switch (session.output()) {
    case OutputFormat::kJson:
      return console.WriteJson(objects.size() == 1 ? objects.front() : Json(objects));
    case OutputFormat::kJsonLines:
      for (const Json& object : objects) RETURN_IF_ERROR(console.WriteJsonLine(object));
      return absl::OkStatus();
    case OutputFormat::kCsv:
      return console.Write(CsvOf(objects));
    case OutputFormat::kTable:
      return console.Write(table);
  }
  return absl::OkStatus();
}

absl::Status Show(Session& session, const Predictor& predictor) {
  const PredictorWeights& weights = predictor.weights();
  TextTable table;
  table.AddColumn("");
  table.AddColumn("");
  table.AddRow({"model", predictor.name()});
  table.AddRow({"hash", predictor.hash()});
  table.AddRow({"trained on", Concat(weights.runs, " runs, ", weights.events,
                                     " of which grokked; hash ", weights.trained_on)});
  table.AddRow({"operations", Join(weights.operations, ", ")});
  return WriteRows(session, {ShownJson(predictor)}, table.Text(session.console().style()));
}

Json FigureJson(const Figure& figure) {
  Json json = {{"name", figure.name},
               {"value", NumberJson(figure.value)},
               {"unit", figure.unit},
               {"against", figure.against}};
  if (figure.error) json["bootstrap_error"] = NumberJson(*figure.error);
  if (figure.holds) {
    json["holds"] = *figure.holds;
    json["goal"] = figure.goal;
  }
  return json;
}

absl::Status TellEach(Session& session, const std::vector<PredictorTrial>& trials) {
  TextTable table;
  for (const char* title : {"run", "operation", "made at", "forecast", "grokked"}) {
    table.AddColumn(title);
  }
  std::vector<Json> objects;
  for (const PredictorTrial& trial : trials) {
    const HeldOutForecasts held_out = HeldOutOf(trial);
    objects.push_back(HeldOutJson(held_out));
    for (const Forecast& forecast : held_out.forecasts) {
      table.AddRow({held_out.run_id, held_out.operation, StepText(forecast.made_at_step),
                    StepText(forecast.grok_step), StepText(trial.training.grok_step)});
    }
  }
  return WriteRows(session, objects, table.Text(session.console().style()));
}

absl::Status Evaluate(Session& session, const PredictorCommand& command,
                      const std::vector<RecordedRun>& known, const std::vector<RecordedRun>& runs) {
  ASSIGN_OR_RETURN(const std::vector<PredictorTrial> trials,
                   TryPredictor(known, runs, command.knows_specs));
  if (command.tells_each) return TellEach(session, trials);
  std::vector<Figure> figures = EvaluateStops(runs);
  for (const auto& judged : {JudgePredictor(trials), JudgeSimulations(known, trials)}) {
    figures.insert(figures.end(), judged.begin(), judged.end());
  }
  if (command.tried.empty() && command.knows_specs) {
    ASSIGN_OR_RETURN(const std::vector<PredictorTrial> left_out, TryWithRunsLeftOut(runs));
    const std::vector<Figure> judged = JudgeRunsLeftOut(left_out);
    figures.insert(figures.end(), judged.begin(), judged.end());
  }
  TextTable table;
  for (const char* title : {"figure", "value", "error", "unit", "goal", "holds", "on"}) {
    table.AddColumn(title);
  }
  std::vector<Json> objects;
  const auto number = [](double value) { return absl::StrFormat("%.4g", value); };
  for (const Figure& figure : figures) {
    objects.push_back(FigureJson(figure));
    table.AddRow({figure.name, number(figure.value), figure.error ? number(*figure.error) : "",
                  figure.unit, figure.goal,
                  figure.holds ? (*figure.holds ? "yes" : "falls short") : "", figure.against});
  }
  return WriteRows(session, objects, table.Text(session.console().style()));
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const PredictorCommand& command) {
  if (command.verb == "show") {
    ASSIGN_OR_RETURN(const auto predictor, FindPredictor(command.file));
    if (!predictor)
      return absl::NotFoundError("no weights are shipped; make them: predictor train");
    RETURN_IF_ERROR(Show(session, *predictor));
    return ExitCode::kDone;
  }
  ASSIGN_OR_RETURN(const std::vector<RecordedRun> runs, RunsOf(session, command));
  if (command.verb == "evaluate") {
    if (command.tried.empty()) {
      RETURN_IF_ERROR(Evaluate(session, command, runs, runs));
      return ExitCode::kDone;
    }
    ASSIGN_OR_RETURN(std::vector<RunBundle> tried, ReadBundleFolder(command.tried));
    RETURN_IF_ERROR(Evaluate(session, command, runs, RecordedRunsOf(std::move(tried))));
    return ExitCode::kDone;
  }
  std::vector<TrainingRun> training;
  for (const RecordedRun& recorded : runs) {
    training.push_back(MakeTrainingRun(recorded.run, recorded.reports));
  }
  ASSIGN_OR_RETURN(PredictorWeights weights, TrainPredictor(training));
  const Predictor predictor(std::move(weights));
  const std::string file = command.file.empty() ? kOwnWeights : command.file;
  RETURN_IF_ERROR(WriteFile(file, predictor.ToJson()));
  session.console().Say(Concat("wrote ", file));
  RETURN_IF_ERROR(Show(session, predictor));
  return ExitCode::kDone;
}

}  // namespace powerdown
