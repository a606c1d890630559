#include <filesystem>
#include <iterator>
#include <memory>

#include "client/cli/command_tree.h"
#include "client/cli/command_words.h"
#include "client/cli/commands/commands.h"
#include "client/cli/log_files.h"
#include "client/cli/output.h"
#include "client/cli/recorded_runs.h"
#include "client/cli/session.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/table.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"
#include "common/run/standing_reports.h"
#include "common/study/replay.h"

namespace powerdown {
namespace {

struct ReplayOptions {
  std::vector<std::string> runs;  // ids, or files: logs and bundles
  std::string predictor_file;
  RunLogOptions log;  // how a log is to be read
};

struct ReplayedRun {
  std::string run_id;  // or the log's file name
  Replay replay;
};

using SharedPredictor = std::shared_ptr<const Predictor>;

// A bundle says what was trained; a log does not.
absl::StatusOr<std::vector<ReplayedRun>> ReplayFile(const std::string& path,
                                                    const ReplayOptions& options,
                                                    const SharedPredictor& predictor,
                                                    Console& console) {
  ASSIGN_OR_RETURN(const LogFile file, ReadLogFile(path));
  std::vector<ReplayedRun> replayed;
  if (file.is_bundle) {
    ASSIGN_OR_RETURN(const std::vector<RunBundle> bundles, ParseBundles(file.text, path));
    for (const RunBundle& bundle : bundles) {
      const Run& run = bundle.run;
      replayed.push_back(
          {run.run_id, ReplayRun(ReportsOf(bundle), run.max_steps, run.spec, predictor)});
    }
    return replayed;
  }
  ASSIGN_OR_RETURN(RunLog log, ReadLog(file, options.log, console));
  const std::vector<StepReport> reports = StandingReports(std::move(log.reports));
  RunSpec spec;
  spec.task = kUnknownTask;
  replayed.push_back({path, ReplayRun(reports, reports.back().evaluation.step, spec, predictor)});
  return replayed;
}

absl::StatusOr<ReplayedRun> ReplayStored(Session& session, const std::string& run_id,
                                         const SharedPredictor& predictor) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(run_id));
  ASSIGN_OR_RETURN(const std::vector<StepReport> reports, FetchReports(*connection, run));
  return ReplayedRun{run.run_id, ReplayRun(reports, run.max_steps, run.spec, predictor)};
}

Json ReplayJson(const ReplayedRun& run) {
  const Replay& replay = run.replay;
  Json json;
  json["run_id"] = run.run_id;
  const auto put = [&](const char* name, const auto& value) {
    if (value) json[name] = *value;
  };
  put("memorised_step", replay.memorised_step);
  put("grok_step", replay.grok_step);
  put("oracle_step", replay.oracle_step);
  put("stop_step", replay.stop_step);
  json["reason"] = replay.reason;
  put("captured_share", replay.captured_share);
  put("accuracy_at_stop", replay.accuracy_at_stop);
  put("reference_accuracy", replay.reference_accuracy);
  put("abandon_step", replay.abandon_step);
  if (replay.planned) put("planned_step", replay.planned->stop_step);
  if (replay.is_partial) json["is_partial"] = true;
  put("collapse_step", replay.collapse_step);
  json["forecasts"] = Json::array();
  for (const Forecast& forecast : replay.forecasts) {
    json["forecasts"].push_back(ForecastJson(forecast));
  }
  return json;
}

std::string ReplayTable(const std::vector<ReplayedRun>& runs, const Style& style) {
  TextTable table({"run",
                   {"memorised", Align::kRight, 4},
                   {"grokked", Align::kRight},
                   {"best stop", Align::kRight, 2},
                   {"stop", Align::kRight},
                   {"reason", Align::kLeft, 1},
                   {"captured", Align::kRight},
                   {"accuracy at stop", Align::kRight, 3},
                   {"best accuracy", Align::kRight, 5}});
  const auto share = [](double value) { return PercentText(value); };
  for (const ReplayedRun& run : runs) {
    const Replay& replay = run.replay;
    table.AddRow({Printable(run.run_id), Cell(replay.memorised_step, CountText),
                  Cell(replay.grok_step, CountText), Cell(replay.oracle_step, CountText),
                  Cell(replay.stop_step, CountText), replay.reason,
                  Cell(replay.captured_share, share), Cell(replay.accuracy_at_stop, share),
                  Cell(replay.reference_accuracy, share)});
  }
  return table.Text(style);
}

absl::StatusOr<ReplayOptions> ReadReplay(const CommandWords& words) {
  ASSIGN_OR_RETURN(const RunLogOptions log, ReadLogFlags(words));
  return ReplayOptions{words.operands, words.Text("--predictor"), log};
}

absl::StatusOr<ExitCode> ReplayAll(Session& session, const ReplayOptions& options) {
  std::vector<ReplayedRun> runs;
  ASSIGN_OR_RETURN(const SharedPredictor predictor, FindPredictor(options.predictor_file));
  for (const std::string& operand : options.runs) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(operand, ignored)) {
      // No id has a dot or a slash in it.
      if (operand.find_first_of("./") != operand.npos) {
        return absl::NotFoundError(Concat(
            Quoted(operand), " is no file here; replay takes a log, a bundle or a run's id"));
      }
      ASSIGN_OR_RETURN(runs.emplace_back(), ReplayStored(session, operand, predictor));
      continue;
    }
    ASSIGN_OR_RETURN(std::vector<ReplayedRun> of_file,
                     ReplayFile(operand, options, predictor, session.console()));
    std::move(of_file.begin(), of_file.end(), std::back_inserter(runs));
  }
  std::vector<Json> objects;
  for (const ReplayedRun& run : runs) objects.push_back(ReplayJson(run));
  return Done(PrintOneOrMore(session.console(), objects,
                             [&](const Style& style) { return ReplayTable(runs, style); }));
}

}  // namespace

CommandTree ReplayCommand() {
  CommandTree replay{
      .name = "replay",
      .help = "show where the stop rule would have stopped recorded runs",
      .examples = {"powerdown replay 01k9", "powerdown replay training-log.csv --output json"},
      .operand = {.name = "RUN|FILE", .is_repeatable = true},
      .flags = {PredictorFlag()},
      .read = ReadThenRun(ReadReplay, ReplayAll)};
  AddLogFlags(replay);
  return replay;
}

}  // namespace powerdown
