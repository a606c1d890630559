// energy_scenarios [--seed N] [--count N] [--verbose] [--write FOLDER] [--write-all FOLDER]
// [FILE…]: plays scenarios to the meters and says how often the truth lay in the stated band, and
// how wide the bands were. Without files: random ones. --write keeps those whose truth lay outside,
// --write-all all, to be changed and played again.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/energy/scenario_box.h"

namespace powerdown {
namespace {

struct Options {
  uint64_t seed = 4;
  int count = 1000;
  bool is_verbose = false;
  std::string write_to;
  bool writes_all = false;
  std::vector<std::string> files;
};

Options ReadOptions(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const std::string value = i + 1 < count ? words[i + 1] : "";
    if (word == "--seed") {
      options.seed = std::stoull(value);
      ++i;
    } else if (word == "--count") {
      options.count = std::stoi(value);
      ++i;
    } else if (word == "--write" || word == "--write-all") {
      options.write_to = value;
      options.writes_all = word == "--write-all";
      ++i;
    } else if (word == "--verbose") {
      options.is_verbose = true;
    } else {
      options.files.push_back(word);
    }
  }
  return options;
}

struct Tally {
  int played = 0;
  int in_band = 0;
  int has_net = 0;
  int net_in_band = 0;
  int silent_zeros = 0;
  int wrong_at_full = 0;       // out of band, and coverage above 0.95
  std::vector<double> widths;  // of those in which nothing went wrong

  void Add(const Scenario& scenario, const ScenarioOutcome& outcome) {
    ++played;
    in_band += outcome.is_in_band ? 1 : 0;
    has_net += outcome.has_net ? 1 : 0;
    net_in_band += outcome.is_net_in_band ? 1 : 0;
    silent_zeros += outcome.is_silent_zero ? 1 : 0;
    const bool is_full = outcome.has_figure && outcome.figure.coverage > 0.95;
    wrong_at_full += is_full && !outcome.is_in_band ? 1 : 0;
    if (scenario.IsHealthy()) widths.push_back(outcome.relative_width);
  }
};

void Print(const std::string& source, Tally tally) {
  std::sort(tally.widths.begin(), tally.widths.end());
  const double median = tally.widths.empty() ? 0 : tally.widths[tally.widths.size() / 2];
  std::printf(
      "%-13s %5d played  gross %5.1f%% in band  net %5.1f%% of %d  silent zeros %d  wrong at full "
      "coverage %d  healthy %zu, median band ±%.1f%%\n",
      source.c_str(), tally.played, 100.0 * tally.in_band / tally.played,
      100.0 * tally.net_in_band / std::max(1, tally.has_net), tally.has_net, tally.silent_zeros,
      tally.wrong_at_full, tally.widths.size(), 100 * median);
}

void PrintOne(const Scenario& scenario, const ScenarioOutcome& outcome) {
  const EnergyFigure& figure = outcome.figure;
  std::printf("%s %s: true %.1f J, stated %.1f (%.1f to %.1f) J, %s, coverage %.3f",
              outcome.is_in_band ? "in " : "OUT", scenario.name.c_str(), outcome.truth,
              figure.gross.value(), figure.low.value(), figure.high.value(),
              scenario.source.c_str(), figure.coverage);
  if (outcome.has_net) {
    std::printf("; %snet %.1f J, stated %.1f (%.1f to %.1f) J",
                outcome.is_net_in_band ? "" : "OUT ", outcome.net_truth, figure.net->value(),
                figure.net_low->value(), figure.net_high->value());
  }
  std::printf("%s\n", outcome.is_silent_zero ? "; SILENT ZERO" : "");
}

int Main(int count, char** words) {
  const Options options = ReadOptions(count, words);
  const std::string folder =
      std::filesystem::temp_directory_path() / ("energy-scenarios-" + std::to_string(getpid()));
  std::map<std::string, Tally> tallies;
  const int scenarios =
      options.files.empty() ? options.count : static_cast<int>(options.files.size());
  for (int i = 0; i < scenarios; ++i) {
    absl::StatusOr<Scenario> scenario =
        options.files.empty() ? RandomScenario(options.seed, i) : ReadScenario(options.files[i]);
    if (!scenario.ok()) {
      std::fprintf(stderr, "energy_scenarios: %s\n",
                   std::string(scenario.status().message()).c_str());
      return 1;
    }
    const ScenarioOutcome outcome = PlayScenario(*scenario, folder, ENERGY_SCRIPTED_NVML);
    std::filesystem::remove_all(folder);
    for (const std::string& source : {scenario->source, std::string("all")}) {
      tallies[source].Add(*scenario, outcome);
    }
    if (options.is_verbose || !options.files.empty()) PrintOne(*scenario, outcome);
    const bool is_good = outcome.is_in_band && (!outcome.has_net || outcome.is_net_in_band);
    if (!options.write_to.empty() && (options.writes_all || !is_good)) {
      std::ofstream(options.write_to + "/" + std::to_string(i) + ".scenario")
          << ScenarioText(*scenario);
    }
  }
  for (const auto& [source, tally] : tallies) Print(source, tally);
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** words) {
  return powerdown::Main(count, words);
}
