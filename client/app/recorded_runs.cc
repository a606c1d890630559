#include "client/app/recorded_runs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "client/model/recording.h"
#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/forecast/held_out.h"
#include "common/run/run_bundle.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr char kDemo[] = "demo.jsonl";
constexpr char kAnswers[] = "demo_answers.zst";  // of the first comparison's model, by checkpoint
constexpr std::string_view kBundleSuffix = ".jsonl.zst";
constexpr size_t kMostBytes = size_t{1} << 28;

absl::StatusOr<fs::path> RecordedFolder() {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) folders.push_back(program.parent_path().parent_path() / "share/powerdown/recorded");
  folders.emplace_back(POWERDOWN_RECORDED_FOLDER);
  std::string looked;
  for (const fs::path& folder : folders) {
    if (fs::exists(folder / kDemo, error)) return folder;
    looked += Concat(looked.empty() ? "" : " and ", folder.string());
  }
  return absl::NotFoundError(Concat("no recorded runs: looked in ", looked));
}

absl::StatusOr<std::string> TextOf(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return absl::NotFoundError(Concat("cannot read ", path.string()));
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::map<std::string, HeldOutForecasts> ForecastsIn(const fs::path& folder) {
  std::map<std::string, HeldOutForecasts> by_run;
  const absl::StatusOr<std::string> text = TextOf(folder / kHeldOutFile);
  if (!text.ok()) return by_run;
  absl::StatusOr<std::vector<HeldOutForecasts>> all = ParseHeldOut(*text);
  if (!all.ok()) return by_run;
  for (HeldOutForecasts& one : *all) by_run[one.run_id] = std::move(one);
  return by_run;
}

// As the daemon shows a recorded run: with energy from its ledger, by the default factors.
Run ShownRun(const RunBundle& bundle, const HeldOutForecasts& held_out) {
  Run run = bundle.run;
  run.origin = "recorded";
  run.factors = DefaultFactors();
  run.energy = SumIntervals(bundle.ledger);
  if (run.energy) {
    run.co2 = CarbonOf(run.energy->gross, run.factors);
    run.cost = CostOf(run.energy->gross, run.factors);
  }
  if (!held_out.forecasts.empty()) run.forecast = held_out.forecasts.back();
  return run;
}

// Only the bundle's first line is parsed: hundreds are read before the first frame.
absl::StatusOr<RunBundle> ReadHeader(const fs::path& path) {
  ASSIGN_OR_RETURN(const std::string bytes, TextOf(path));
  ASSIGN_OR_RETURN(const std::string text, Decompress(bytes, kMostBytes));
  const std::string_view first = std::string_view(text).substr(0, text.find('\n'));
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ParseBundles(first, path.string()));
  return std::move(bundles.front());
}

absl::StatusOr<RunsChanged> ReadRuns(const fs::path& folder) {
  std::map<std::string, HeldOutForecasts> forecasts = ForecastsIn(folder);
  RunsChanged changed;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!std::string_view(entry.path().native()).ends_with(kBundleSuffix)) continue;
    ASSIGN_OR_RETURN(const RunBundle bundle, ReadHeader(entry.path()));
    changed.runs.push_back(ShownRun(bundle, forecasts[bundle.run.run_id]));
  }
  return changed;
}

}  // namespace

absl::StatusOr<std::vector<AppUpdate>> ReadRecordedRuns() {
  ASSIGN_OR_RETURN(const fs::path folder, RecordedFolder());
  ASSIGN_OR_RETURN(const std::string demo, TextOf(folder / kDemo));
  ASSIGN_OR_RETURN(std::vector<AppUpdate> updates, ParseRecording(demo));
  ASSIGN_OR_RETURN(const std::string packed, TextOf(folder / kAnswers));
  ASSIGN_OR_RETURN(const std::string answers, Decompress(packed, kMostBytes));
  ASSIGN_OR_RETURN(std::vector<AppUpdate> grids, ParseRecording(answers));
  std::move(grids.begin(), grids.end(), std::back_inserter(updates));
  ASSIGN_OR_RETURN(RunsChanged runs, ReadRuns(folder));
  updates.emplace_back(std::move(runs));
  return updates;
}

absl::StatusOr<AppUpdate> ReadRecordedCurves(const std::string& run_id) {
  ASSIGN_OR_RETURN(const fs::path folder, RecordedFolder());
  const fs::path path = folder / Concat(run_id, kBundleSuffix);
  ASSIGN_OR_RETURN(const std::string bytes, TextOf(path));
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundles(bytes, path.string()));
  RunBundle& bundle = bundles.front();
  TellForecasts(ForecastsIn(folder)[run_id].forecasts, bundle);
  return TraceChanged{run_id, std::move(bundle.updates)};
}

std::shared_ptr<const Predictor> ReadWeights() {
  const absl::StatusOr<fs::path> folder = RecordedFolder();
  if (!folder.ok()) return nullptr;
  const absl::StatusOr<std::string> text = TextOf(*folder / "predictor.json");
  if (!text.ok()) return nullptr;
  absl::StatusOr<Predictor> predictor = Predictor::FromJson(*text);
  return predictor.ok() ? std::make_shared<const Predictor>(*std::move(predictor)) : nullptr;
}

absl::Time LatestTime(const AppModel& model) {
  absl::Time latest = absl::UnixEpoch();
  for (const Run* run : model.own_runs()) {
    latest = std::max(latest, run->ended_at.value_or(run->created_at));
  }
  return latest;
}

}  // namespace powerdown
