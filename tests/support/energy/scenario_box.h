// Plays a scenario to the real meters: a sysfs tree, a scripted libnvidia-ml and three clocks, with
// a run booked by the real sampler. One at a time in a process.
#pragma once

#include <string>

#include "common/energy/energy.h"
#include "tests/support/energy/scenario.h"

namespace powerdown {

struct ScenarioOutcome {
  double truth = 0;         // joules of the run, in monotonic time
  double net_truth = 0;     // of them above the power before the run
  bool has_figure = false;  // anything was booked to it
  EnergyFigure figure;      // what
  bool is_in_band = false;
  bool has_net = false;
  bool is_net_in_band = false;
  // It says 0 J, or that an interval of it drew nothing, as if that had been measured.
  bool is_silent_zero = false;
  double relative_width = 0;  // half of the whole band, as a share of the figure
  double least_interval = 0;  // joules; negative would be a difference that went wrong
};

// `folder` is for the sysfs tree, and empty; `nvml` is the scripted library.
ScenarioOutcome PlayScenario(const Scenario& scenario, const std::string& folder,
                             const std::string& nvml);

}  // namespace powerdown
