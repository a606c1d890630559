// The cost of a step of a run, and the step range of a forecast. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run/forecast.h"
#include "common/run/run.h"

namespace powerdown {

struct StepCost {
  int64_t steps = 0;             // measured over this many
  double seconds = 0;            // each
  std::optional<Joules> energy;  // each; absent without a meter
  std::string source;
  FootprintFactors factors;
};
// Between the first and the last report. Nullopt with fewer than two.
std::optional<StepCost> CostOfSteps(const std::vector<StepReport>& reports, const Run& run);

// The grok step of a forecast with its 80% interval. Nullopt if the forecast has none.
struct StepRange {
  double expected = 0;
  double low = 0;
  std::optional<double> high;  // absent: beyond the step limit
};
std::optional<StepRange> RangeOf(const Forecast& forecast);

}  // namespace powerdown
