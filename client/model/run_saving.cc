#include "client/model/run_saving.h"

namespace powerdown {

std::optional<Saving> SavedAgainstSchedule(const Run& run) {
  if (run.state != RunState::kStopped || !run.energy || run.energy->gross.value() <= 0) {
    return std::nullopt;
  }
  if (run.steps <= 0 || run.max_steps <= run.steps) return std::nullopt;
  const double left = static_cast<double>(run.max_steps - run.steps);
  const double each = left / static_cast<double>(run.steps);
  const EnergyFigure& energy = *run.energy;
  Saving saved{.gross = energy.gross * each,
               .low = energy.low * each,
               .high = energy.high * each,
               .share = left / static_cast<double>(run.max_steps)};
  if (energy.net) saved.net = *energy.net * each;
  saved.co2 = CarbonOf(saved.gross, run.factors);
  saved.cost = CostOf(saved.gross, run.factors);
  return saved;
}

}  // namespace powerdown
