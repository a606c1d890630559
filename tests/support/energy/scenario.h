// Energy scenarios as files, and at random from a seed. The format is in
// tests/data/energy/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

// Seconds and watts, as in the files.
struct Load {
  double at = 0;
  double high = 0;
  double low = 0;     // equals high when constant
  double period = 0;  // 0: constant
  double duty = 1;
};

struct ScenarioEvent {
  double at = 0;
  std::string kind;
  double value = 0;
};

// Another program on the device: what it draws, and how much of the device it uses.
struct Stranger {
  double from = 0;
  double to = 0;  // no later than `from`: there is none
  double watts = 0;
  double use = 0;
};

struct Scenario {
  std::string name;
  double seconds = 60;
  std::string source = "rapl";
  double limit = 100;
  std::string board = "NVIDIA RTX A4000";
  double range = 262143;
  double gain = 1;
  double offset = 0;
  double refresh = 0;  // 0: the source's usual one
  std::vector<Load> loads;
  double sockets = 1;  // RAPL packages that share the power equally
  double check = 0;    // 1: a GPU with a counter tells its power too
  Stranger stranger;
  double container = 0;  // 1: the driver says other process ids
  double gpus = 1;       // the others are busy with a stranger's work
  double run_from = 0;
  double run_to = 0;
  double step_period = 0;  // 0: not told
  double tick = 0.1;
  std::vector<ScenarioEvent> events;
  std::optional<double> expected;
  double tolerance = 0;

  // True energy drawn from 0 to `at`, in joules.
  double EnergyUntil(double at) const;
  // The same with what the stranger draws.
  double DrawnUntil(double at) const;
  bool HasStranger(double at) const { return at >= stranger.from && at < stranger.to; }
  // The power before the first run: the true baseline.
  double Resting() const { return loads.empty() ? 0 : loads.front().low; }
  // Nothing goes wrong, and the sensor is renewed as usual.
  bool IsHealthy() const {
    return events.empty() && refresh < 0.2 && run_to - run_from >= 15 &&
           stranger.to <= stranger.from;
  }
};

// InvalidArgument names the line.
absl::StatusOr<Scenario> ParseScenario(const std::string& text);
absl::StatusOr<Scenario> ReadScenario(const std::string& path);
std::string ScenarioText(const Scenario& scenario);

// The same for the same seed and index. NVML's sensors err by the whole spread that Yang, Adamek
// and Armour (arXiv 2312.02741) measured from unit to unit: a gradient of 0.873 to 1.044 and an
// offset of -22.6 to 16 W, of cards below 300 W in proportion; RAPL by 10%.
Scenario RandomScenario(uint64_t seed, int index);

}  // namespace powerdown
