// predictor show, train and evaluate: the weights of forecasts.
#include "absl/strings/str_format.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/recorded_runs.h"
#include "client/cli/session.h"
#include "client/cli/terminal/work_progress.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/forecast/held_out.h"
#include "common/forecast/predictor_training.h"
#include "common/platform/shipped.h"
#include "common/study/predictor_evaluation.h"
#include "common/study/simulation_evaluation.h"

namespace powerdown {
namespace {

constexpr char kOwnWeights[] = "predictor.json";

struct PredictorOptions {
  std::string file;         // of weights; train writes it
  std::string folder;       // of recorded runs; empty: the shipped ones
  std::string test_folder;  // of runs to evaluate on; empty: those that the weights learn from
  bool has_own_runs = false;
  bool knows_specs = true;   // evaluate: else the runs are treated as imported logs
  bool prints_each = false;  // evaluate: the forecasts of each run instead of figures
};

absl::StatusOr<PredictorOptions> ReadPredictor(const CommandWords& words) {
  return PredictorOptions{.file = words.Text("--predictor"),
                          .folder = words.Text("--recorded"),
                          .test_folder = words.Text("--on"),
                          .has_own_runs = words.Has("--own"),
                          .knows_specs = !words.Has("--without-specs"),
                          .prints_each = words.Has("--each")};
}

std::vector<RecordedRun> RecordedRunsOf(std::vector<RunBundle> bundles) {
  std::vector<RecordedRun> runs;
  for (RunBundle& bundle : bundles) {
    std::vector<StepReport> reports = ReportsOf(bundle);
    std::erase_if(reports,
                  [](const StepReport& report) { return !IsEvaluated(report.evaluation); });
    if (reports.empty()) continue;
    runs.push_back({std::move(bundle.run), std::move(reports)});
  }
  return runs;
}

absl::StatusOr<std::vector<RecordedRun>> RunsOf(Session& session, const PredictorOptions& options) {
  const std::string folder = options.folder.empty() ? RecordedFolder() : options.folder;
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundleFolder(folder));
  if (options.has_own_runs) {
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

std::string ShownText(const Predictor& predictor, const Style& style) {
  const PredictorWeights& weights = predictor.weights();
  TextTable table({"", ""});
  table.AddRow({"model", predictor.name()});
  table.AddRow({"hash", predictor.hash()});
  table.AddRow({"trained on", Concat(CountText(weights.runs), " runs, ", CountText(weights.events),
                                     " of them grokked; hash ", weights.trained_on)});
  table.AddRow({"operations", Join(weights.operations, ", ")});
  return table.Text(style);
}

absl::Status PrintPredictor(Console& console, const Predictor& predictor) {
  return PrintObject(console, ShownJson(predictor),
                     [&](const Style& style) { return ShownText(predictor, style); });
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

absl::Status PrintEach(Console& console, const std::vector<PredictorTrial>& trials) {
  TextTable table({"run", "operation", "made at", "forecast", "grokked"});
  std::vector<Json> objects;
  for (const PredictorTrial& trial : trials) {
    const HeldOutForecasts held_out = HeldOutOf(trial);
    objects.push_back(HeldOutJson(held_out));
    for (const Forecast& forecast : held_out.forecasts) {
      table.AddRow({held_out.run_id, held_out.operation, StepText(forecast.made_at_step),
                    StepText(forecast.grok_step), StepText(trial.training.grok_step)});
    }
  }
  return PrintOneOrMore(console, objects, [&](const Style& style) { return table.Text(style); });
}

template <typename Work>
auto WithProgress(Console& console, const char* what, Work work) {
  WorkProgress progress(console, what);
  return work([&](double share) { progress.Tell(share); });
}

absl::Status Evaluate(Console& console, const PredictorOptions& options,
                      const std::vector<RecordedRun>& known, const std::vector<RecordedRun>& runs) {
  ASSIGN_OR_RETURN(
      const std::vector<PredictorTrial> trials,
      WithProgress(console, "trying the weights on operations left out", [&](auto tell) {
        return TryPredictor(known, runs, options.knows_specs, tell);
      }));
  if (options.prints_each) return PrintEach(console, trials);
  std::vector<Figure> figures = EvaluateStops(runs);
  for (const auto& judged : {JudgePredictor(trials), JudgeSimulations(known, trials)}) {
    figures.insert(figures.end(), judged.begin(), judged.end());
  }
  if (options.test_folder.empty() && options.knows_specs) {
    ASSIGN_OR_RETURN(const std::vector<PredictorTrial> left_out,
                     WithProgress(console, "trying the weights on runs left out",
                                  [&](auto tell) { return TryWithRunsLeftOut(runs, tell); }));
    const std::vector<Figure> judged = JudgeRunsLeftOut(left_out);
    figures.insert(figures.end(), judged.begin(), judged.end());
  }
  TextTable table({"figure", "value", "error", "unit", "goal", "holds", "on"});
  std::vector<Json> objects;
  const auto number = [](double value) { return absl::StrFormat("%.4g", value); };
  for (const Figure& figure : figures) {
    objects.push_back(FigureJson(figure));
    table.AddRow({figure.name, number(figure.value), figure.error ? number(*figure.error) : "",
                  figure.unit, figure.goal,
                  figure.holds ? (*figure.holds ? "yes" : "falls short") : "", figure.against});
  }
  return PrintOneOrMore(console, objects, [&](const Style& style) { return table.Text(style); });
}

absl::StatusOr<ExitCode> ShowPredictor(Session& session, const PredictorOptions& options) {
  ASSIGN_OR_RETURN(const auto predictor, LoadPredictor(options.file));
  return Done(PrintPredictor(session.console(), *predictor));
}

absl::StatusOr<ExitCode> TrainAndWrite(Session& session, const PredictorOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<RecordedRun> runs, RunsOf(session, options));
  std::vector<TrainingRun> training;
  for (const RecordedRun& recorded : runs) {
    training.push_back(MakeTrainingRun(recorded.run, recorded.reports));
  }
  ASSIGN_OR_RETURN(PredictorWeights weights, TrainPredictor(training));
  const Predictor predictor(std::move(weights));
  const std::string file = options.file.empty() ? kOwnWeights : options.file;
  RETURN_IF_ERROR(WriteNamedFile(file, predictor.ToJson()));
  session.console().Say(Concat("wrote ", file));
  return Done(PrintPredictor(session.console(), predictor));
}

absl::StatusOr<ExitCode> EvaluatePredictor(Session& session, const PredictorOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<RecordedRun> runs, RunsOf(session, options));
  if (options.test_folder.empty()) return Done(Evaluate(session.console(), options, runs, runs));
  ASSIGN_OR_RETURN(std::vector<RunBundle> tests, ReadBundleFolder(options.test_folder));
  return Done(Evaluate(session.console(), options, runs, RecordedRunsOf(std::move(tests))));
}

CommandTree Verb(std::string name, std::string help,
                 absl::StatusOr<ExitCode> (*run)(Session&, const PredictorOptions&)) {
  return {.name = std::move(name),
          .help = std::move(help),
          .flags = {PredictorFlag(),
                    Flag("--recorded", "FOLDER", "runs to learn from [the shipped ones]"),
                    Flag("--own", "", "also learn from the daemon's own runs")},
          .read = ReadThenRun(ReadPredictor, run)};
}

}  // namespace

CommandTree PredictorShowCommand() {
  return Verb("show", "print version and hash of the weights, and what they learned from",
              ShowPredictor);
}

CommandTree PredictorTrainCommand() {
  return Verb("train", "train weights on recorded runs; written to --predictor [predictor.json]",
              TrainAndWrite);
}

CommandTree PredictorEvaluateCommand() {
  CommandTree evaluate =
      Verb("evaluate", "errors and coverage on operations that were left out of the training",
           EvaluatePredictor);
  evaluate.flags.push_back(
      Flag("--on", "FOLDER", "runs to evaluate on [those that the weights learn from]"));
  evaluate.flags.push_back(
      Flag("--without-specs", "", "ignore the specs, as if these were imported logs"));
  evaluate.flags.push_back(
      Flag("--each", "",
           "print the forecasts of each run instead, by weights that never saw its operation"));
  return evaluate;
}

}  // namespace powerdown
