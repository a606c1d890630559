// simulate [--seeds N] [--first S] [--days D] [--seconds T] [--print] [--hash]: simulates N boxes
// for D days each, from seed S on, and stops at the first promise that is broken, with the seed and
// the last steps. --seconds: begins no further seed after so many seconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "tests/support/simulation/simulation.h"

namespace powerdown {
namespace {

struct Options {
  int64_t seeds = 1;
  int64_t first = 1;
  double days = 10;
  double seconds = 0;  // 0: no end
  bool is_printed = false;
  bool has_hash = false;
};

// False for a word that it does not know.
bool ReadOptions(int count, char** words, Options& options) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--print") {
      options.is_printed = true;
      continue;
    }
    if (word == "--hash") {
      options.has_hash = true;
      continue;
    }
    if (++i >= count) return false;
    const double value = std::atof(words[i]);
    if (word == "--seeds") {
      options.seeds = static_cast<int64_t>(value);
    } else if (word == "--first") {
      options.first = static_cast<int64_t>(value);
    } else if (word == "--days") {
      options.days = value;
    } else if (word == "--seconds") {
      options.seconds = value;
    } else {
      return false;
    }
  }
  return true;
}

int Fail(const SimulationResult& result, const SimulationOptions& simulated, double days) {
  for (const std::string& step : result.last) std::printf("%s\n", step.c_str());
  std::printf("seed %lld: %s\nreplay: simulate --first %lld --days %g --print\n",
              static_cast<long long>(simulated.seed), result.violation.c_str(),
              static_cast<long long>(simulated.seed), days);
  return 1;
}

int Main(int count, char** words) {
  Options options;
  if (!ReadOptions(count, words, options)) {
    std::fprintf(stderr,
                 "usage: simulate [--seeds N] [--first S] [--days D] [--seconds T] [--print] "
                 "[--hash]\n");
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  SimulationResult sum;
  int64_t seeds = 0;
  for (; seeds < options.seeds; ++seeds) {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    if (seeds > 0 && options.seconds > 0 && spent.count() > options.seconds) break;
    SimulationOptions simulated;
    simulated.seed = static_cast<uint64_t>(options.first + seeds);
    simulated.time = absl::Hours(24) * options.days;
    simulated.is_printed = options.is_printed;
    const SimulationResult result = Simulate(simulated);
    if (!result.violation.empty()) return Fail(result, simulated, options.days);
    if (options.has_hash) {
      std::printf("seed %lld: hash %016llx\n", static_cast<long long>(simulated.seed),
                  static_cast<unsigned long long>(result.hash));
    }
    sum.time += result.time;
    sum.steps += result.steps;
    sum.requests += result.requests;
    sum.updates += result.updates;
    sum.ends += result.ends;
    sum.delivered += result.delivered;
    sum.crashes += result.crashes;
    sum.power_cuts += result.power_cuts;
    sum.unclean_commits += result.unclean_commits;
  }
  std::printf(
      "%lld seeds, %.0f simulated days, %lld steps: %lld requests, %lld reports and events, %lld "
      "of them sent to watchers, %lld ends of runs, %lld crashes (%lld power cuts, %lld in the "
      "middle of a write); no promise was "
      "broken\n",
      static_cast<long long>(seeds), absl::ToDoubleHours(sum.time) / 24,
      static_cast<long long>(sum.steps), static_cast<long long>(sum.requests),
      static_cast<long long>(sum.updates), static_cast<long long>(sum.delivered),
      static_cast<long long>(sum.ends), static_cast<long long>(sum.crashes),
      static_cast<long long>(sum.power_cuts), static_cast<long long>(sum.unclean_commits));
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** words) {
  return powerdown::Main(count, words);
}
