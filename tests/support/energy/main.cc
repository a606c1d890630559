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
  std::vector<double> widths;
};

void Print(const std::string& source, Tally tally) {
  std::sort(tally.widths.begin(), tally.widths.end());
  std::printf("%-13s %5d played  %5.1f%% in band  median band ±%.1f%%  widest ±%.1f%%\n",
              source.c_str(), tally.played, 100.0 * tally.in_band / tally.played,
              100 * tally.widths[tally.widths.size() / 2], 100 * tally.widths.back());
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
    absl::StatusOr<ScenarioOutcome> outcome =
        scenario.ok() ? PlayScenario(*scenario, folder, ENERGY_SCRIPTED_NVML) : scenario.status();
    std::filesystem::remove_all(folder);
    if (!outcome.ok()) {
      std::fprintf(stderr, "energy_scenarios: %s\n",
                   std::string(outcome.status().message()).c_str());
      return 1;
    }
    for (const std::string& source : {scenario->source, std::string("all")}) {
      Tally& tally = tallies[source];
      ++tally.played;
      tally.in_band += outcome->is_in_band ? 1 : 0;
      tally.widths.push_back(outcome->relative_width);
    }
    if (options.is_verbose || !options.files.empty()) {
      std::printf("%s %s: true %.1f J, stated %.1f (%.1f to %.1f) J, %s, coverage %.3f\n",
                  outcome->is_in_band ? "in " : "OUT", scenario->name.c_str(), outcome->truth,
                  outcome->figure.gross.value(), outcome->figure.low.value(),
                  outcome->figure.high.value(), scenario->source.c_str(), outcome->figure.coverage);
    }
    if (!options.write_to.empty() && (options.writes_all || !outcome->is_in_band)) {
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
