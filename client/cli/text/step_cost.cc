#include "client/cli/text/step_cost.h"

namespace powerdown {

std::optional<StepCost> CostOfSteps(const std::vector<StepReport>& reports, const Run& run) {
  if (reports.size() < 2) return std::nullopt;
  const StepReport& first = reports.front();
  const StepReport& last = reports.back();
  StepCost cost;
  cost.steps = last.evaluation.step - first.evaluation.step;
  if (cost.steps <= 0) return std::nullopt;
  const double steps = static_cast<double>(cost.steps);
  cost.seconds = absl::ToDoubleSeconds(last.time - first.time) / steps;
  cost.factors = run.factors;
  if (last.energy) {
    const Joules before = first.energy.value_or(Joules(0));
    if (*last.energy > before) cost.energy = (*last.energy - before) / steps;
  }
  if (run.energy) cost.source = run.energy->source;
  return cost;
}

std::optional<StepRange> RangeOf(const Forecast& forecast) {
  const ForecastBand* band = ShownBand(forecast);
  if (!forecast.grok_step || band == nullptr) return std::nullopt;
  StepRange range;
  range.expected = static_cast<double>(*forecast.grok_step);
  range.low = static_cast<double>(band->low_step);
  if (band->high_step) range.high = static_cast<double>(*band->high_step);
  return range;
}

}  // namespace powerdown
