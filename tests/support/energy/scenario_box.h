// Plays a scenario to the real meters: a sysfs tree, a scripted libnvidia-ml and three clocks, with
// a run booked by the real sampler. One at a time in a process.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/energy/energy.h"
#include "tests/support/energy/scenario.h"

namespace powerdown {

struct ScenarioOutcome {
  double truth = 0;     // joules of the run, in monotonic time
  EnergyFigure figure;  // what was booked to it
  bool is_in_band = false;
  // Half of the band, its wider side, as a share of the figure.
  double relative_width = 0;
  double least_interval = 0;  // joules; negative would be a difference that went wrong
};

// `folder` is for the sysfs tree, and empty; `nvml` is the scripted library.
absl::StatusOr<ScenarioOutcome> PlayScenario(const Scenario& scenario, const std::string& folder,
                                             const std::string& nvml);

}  // namespace powerdown
