#include "client/app/recorded_runs.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

#include "client/model/recording.h"
#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/forecast/held_out.h"
#include "common/platform/files.h"
#include "common/platform/shipped.h"
#include "common/run/run_bundle.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr char kDemo[] = "demo.jsonl";
constexpr char kAnswers[] = "demo_answers.zst";  // of the first comparison's model, by checkpoint
constexpr size_t kMostBytes = size_t{1} << 28;

absl::StatusOr<std::string> InstalledFolder() {
  std::string folder = RecordedFolder();
  std::error_code error;
  if (fs::exists(folder + "/" + kDemo, error)) return folder;
  return absl::NotFoundError(Concat("no recorded runs: looked in ", folder));
}

std::map<std::string, HeldOutForecasts> ForecastsIn(const std::string& folder) {
  std::map<std::string, HeldOutForecasts> by_run;
  const absl::StatusOr<std::string> text = ReadFile(Concat(folder, "/", kHeldOutFile));
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
  for (const Forecast& forecast : held_out.forecasts) {
    if (!run.memorised_step || forecast.made_at_step < *run.memorised_step) continue;
    run.first_forecast = forecast;
    break;
  }
  return run;
}

absl::StatusOr<std::string> TextOfBundles(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return UnpackBundles(bytes, path);
}

// Only headers are parsed: hundreds are read before the first frame.
absl::StatusOr<RunsChanged> ReadRuns(const std::string& folder) {
  std::map<std::string, HeldOutForecasts> forecasts = ForecastsIn(folder);
  RunsChanged changed;
  for (const std::string& path : ListFiles(folder, kBundleSuffix)) {
    ASSIGN_OR_RETURN(const std::string text, TextOfBundles(path));
    for (const BundledRun& run : SplitBundles(text)) {
      ASSIGN_OR_RETURN(const std::vector<RunBundle> header, ParseBundles(run.header(), path));
      changed.runs.push_back(ShownRun(header.front(), forecasts[header.front().run.run_id]));
    }
  }
  return changed;
}

}  // namespace

absl::StatusOr<std::vector<AppUpdate>> ReadRecordedRuns() {
  ASSIGN_OR_RETURN(const std::string folder, InstalledFolder());
  ASSIGN_OR_RETURN(const std::string demo, ReadFile(folder + "/" + kDemo));
  ASSIGN_OR_RETURN(std::vector<AppUpdate> updates, ParseRecording(demo));
  ASSIGN_OR_RETURN(const std::string packed, ReadFile(folder + "/" + kAnswers));
  ASSIGN_OR_RETURN(const std::string answers, Decompress(packed, kMostBytes));
  ASSIGN_OR_RETURN(std::vector<AppUpdate> grids, ParseRecording(answers));
  std::move(grids.begin(), grids.end(), std::back_inserter(updates));
  ASSIGN_OR_RETURN(RunsChanged runs, ReadRuns(folder));
  updates.emplace_back(std::move(runs));
  return updates;
}

absl::StatusOr<Playback> ReadPlayback(const std::string& comparison_id) {
  ASSIGN_OR_RETURN(const std::string folder, InstalledFolder());
  ASSIGN_OR_RETURN(const std::string demo, ReadFile(folder + "/" + kDemo));
  ASSIGN_OR_RETURN(std::vector<AppUpdate> updates, ParseRecording(demo));
  std::map<std::string, std::vector<RunUpdate>> traces;
  // A comparison comes after what its runs told.
  for (AppUpdate& update : updates) {
    if (auto* trace = std::get_if<TraceChanged>(&update)) {
      traces[trace->run_id] = std::move(trace->updates);
    }
    const auto* changed = std::get_if<ComparisonChanged>(&update);
    if (changed == nullptr || changed->comparison.comparison_id != comparison_id) continue;
    return Playback(changed->comparison, std::move(traces[changed->comparison.usual.run_id]));
  }
  return absl::NotFoundError(Concat("no recording of comparison ", comparison_id));
}

absl::StatusOr<AppUpdate> ReadRecordedCurves(const std::string& run_id) {
  ASSIGN_OR_RETURN(const std::string folder, InstalledFolder());
  for (const std::string& path : ListFiles(folder, kBundleSuffix)) {
    ASSIGN_OR_RETURN(const std::string text, TextOfBundles(path));
    for (const BundledRun& run : SplitBundles(text)) {
      if (run.run_id != run_id) continue;
      ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ParseBundles(run.text, path));
      RunBundle& bundle = bundles.front();
      TellForecasts(ForecastsIn(folder)[run_id].forecasts, bundle);
      return TraceChanged{run_id, std::move(bundle.updates)};
    }
  }
  return absl::NotFoundError(Concat("no recorded run ", run_id, " in ", folder));
}

std::shared_ptr<const Predictor> ReadWeights() {
  const absl::StatusOr<std::string> text = ReadFile(ShippedWeightsFile());
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
