// Feeds recorded runs to the stop rule, one report at a time.
#include <filesystem>
#include <iterator>
#include <memory>

#include "client/cli/commands.h"
#include "client/cli/shipped.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/files.h"
#include "common/run/run_json.h"
#include "common/run/run_log.h"
#include "common/study/replay.h"

namespace powerdown {
namespace {

struct ReplayedRun {
  std::string run_id;  // or the log's file name
  Replay replay;
};

using SharedPredictor = std::shared_ptr<const Predictor>;

// A log says nothing of what was trained; a bundle does.
absl::StatusOr<std::vector<ReplayedRun>> ReplayFile(const std::string& path,
                                                    const SharedPredictor& predictor) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<ReplayedRun> replayed;
  if (IsBundle(text)) {
    ASSIGN_OR_RETURN(const std::vector<RunBundle> bundles, ReadBundleFile(path));
    for (const RunBundle& bundle : bundles) {
      const Run& run = bundle.run;
      replayed.push_back(
          {run.run_id, ReplayRun(ReportsOf(bundle), run.max_steps, run.spec, predictor)});
    }
    return replayed;
  }
  ASSIGN_OR_RETURN(std::vector<StepReport> reports, ParseRunLog(text, path));
  reports = StandingReports(std::move(reports));
  RunSpec spec;
  spec.task = kUnknownTask;
  replayed.push_back({path, ReplayRun(reports, reports.back().evaluation.step, spec, predictor)});
  return replayed;
}

absl::StatusOr<ReplayedRun> ReplayStored(Session& session, const std::string& run_id,
                                         const SharedPredictor& predictor) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(run_id));
  std::vector<StepReport> reports;
  RETURN_IF_ERROR(ForEachReport(*connection, run, [&](const StepReport& report) {
    reports.push_back(report);
    return absl::OkStatus();
  }));
  return ReplayedRun{run.run_id, ReplayRun(StandingReports(std::move(reports)), run.max_steps,
                                           run.spec, predictor)};
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

std::string Count(const std::optional<int64_t>& step) {
  return step ? CountText(*step) : "–";
}

std::string Share(const std::optional<double>& share) {
  return share ? PercentText(*share) : "–";
}

std::string ReplayTable(const std::vector<ReplayedRun>& runs, const Style& style) {
  TextTable table;
  table.AddColumn("run");
  for (const char* title : {"memorised", "grokked", "oracle", "stop"}) {
    table.AddColumn(title, TextTable::Align::kRight);
  }
  table.AddColumn("why");
  for (const char* title : {"captured", "accuracy there", "best"}) {
    table.AddColumn(title, TextTable::Align::kRight);
  }
  for (const ReplayedRun& run : runs) {
    const Replay& replay = run.replay;
    table.AddRow({Printable(run.run_id), Count(replay.memorised_step), Count(replay.grok_step),
                  Count(replay.oracle_step), Count(replay.stop_step), replay.reason,
                  Share(replay.captured_share), Share(replay.accuracy_at_stop),
                  Share(replay.reference_accuracy)});
  }
  return table.Text(style);
}

absl::Status Write(Session& session, const std::vector<ReplayedRun>& runs) {
  Console& console = session.console();
  std::vector<Json> objects;
  for (const ReplayedRun& run : runs) objects.push_back(ReplayJson(run));
  switch (session.output()) {
    case OutputFormat::kJson:
      return console.WriteJson(objects.size() == 1 ? objects[0] : Json(objects));
    case OutputFormat::kJsonLines:
      for (const Json& object : objects) RETURN_IF_ERROR(console.WriteJsonLine(object));
      return absl::OkStatus();
    case OutputFormat::kCsv:
      return console.Write(CsvOf(objects));
    case OutputFormat::kTable:
      return console.Write(ReplayTable(runs, console.style()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const ReplayCommand& command) {
  std::vector<ReplayedRun> runs;
  ASSIGN_OR_RETURN(const SharedPredictor predictor, FindPredictor(command.predictor_file));
  for (const std::string& operand : command.runs) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(operand, ignored)) {
      ASSIGN_OR_RETURN(runs.emplace_back(), ReplayStored(session, operand, predictor));
      continue;
    }
    ASSIGN_OR_RETURN(std::vector<ReplayedRun> of_file, ReplayFile(operand, predictor));
    std::move(of_file.begin(), of_file.end(), std::back_inserter(runs));
  }
  RETURN_IF_ERROR(Write(session, runs));
  return ExitCode::kDone;
}

}  // namespace powerdown
