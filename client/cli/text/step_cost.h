// What a step of a run costs, and what the steps of a forecast come to. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run/forecast.h"
#include "common/run/run.h"

namespace powerdown {

struct StepCost {
  int64_t steps = 0;             // measured over so many
  double seconds = 0;            // each
  std::optional<Joules> energy;  // each; absent where no meter told
  std::string source;
  FootprintFactors factors;
};
// Between the first and the last report. Nullopt with fewer than two.
std::optional<StepCost> CostOfSteps(const std::vector<StepReport>& reports, const Run& run);

// The grok step of a forecast with its 80% interval. Nullopt if it is unfamiliar.
struct StepRange {
  double expected = 0;
  double low = 0;
  std::optional<double> high;  // absent: beyond the budget
};
std::optional<StepRange> RangeOf(const Forecast& forecast);

}  // namespace powerdown
