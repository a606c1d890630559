#include "server/run/expected_energy.h"

#include <algorithm>

#include "common/base/statistics.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr size_t kFewestLikeIt = 3;
// A run that groks with at least this probability is expected to be stopped then; another one is
// expected to train to its step limit.
constexpr double kLikely = 0.5;

bool IsLike(const Run& run, const Run& earlier) {
  const bool has_ended =
      earlier.state == RunState::kStopped ||
      (earlier.state == RunState::kFinished && earlier.max_steps == run.max_steps);
  return has_ended && earlier.auto_stop == run.auto_stop && FamilyOf(earlier) == FamilyOf(run);
}

struct ExpectedSteps {
  int64_t steps = 0;
  std::string why;
};

// Nullopt where the stop rule will decide and nothing says when.
std::optional<ExpectedSteps> StepsOf(const Run& run, const Predictor* predictor) {
  if (run.command && run.max_steps == 0) return std::nullopt;  // nobody said when it ends
  if (run.command || run.auto_stop != AutoStop::kOn)
    return ExpectedSteps{run.max_steps, "the run's step limit"};
  if (predictor == nullptr) return std::nullopt;
  const Forecast forecast = predictor->BeforeRun(run.spec, run.max_steps);
  if (forecast.is_unfamiliar) return std::nullopt;
  if (!forecast.grok_step) return ExpectedSteps{run.max_steps, ForecastMessage(forecast)};
  if (*forecast.will_grok_probability < kLikely) {
    return ExpectedSteps{run.max_steps, "the run's step limit, as it will likely not grok"};
  }
  return ExpectedSteps{std::min(run.max_steps, *forecast.grok_step), ForecastMessage(forecast)};
}

std::optional<ExpectedEnergy> ExpectFromSteps(const Run& run, const std::vector<Run>& earlier,
                                              const Predictor* predictor) {
  const std::string family = StepCostFamilyOf(run);
  Joules energy;
  int64_t metered = 0;
  for (const Run& other : earlier) {
    if (!other.energy || other.steps == 0 || StepCostFamilyOf(other) != family) continue;
    energy += other.energy->gross;
    metered += other.steps;
  }
  if (metered == 0) return std::nullopt;
  const std::optional<ExpectedSteps> expected = StepsOf(run, predictor);
  if (!expected) return std::nullopt;
  const Joules each = energy / static_cast<double>(metered);
  const Joules sum = each * static_cast<double>(expected->steps);
  return ExpectedEnergy{
      sum, Concat(EnergyText(sum), " are ", expected->steps, " steps (", expected->why, ") at ",
                  EnergyText(each), " a step, measured here over ", metered)};
}

}  // namespace

bool IsTelling(const Run& run, const Run& earlier) {
  return IsLike(run, earlier) || StepCostFamilyOf(earlier) == StepCostFamilyOf(run);
}

std::optional<ExpectedEnergy> ExpectEnergy(const Run& run, const std::vector<Run>& earlier,
                                           const Predictor* predictor) {
  std::vector<double> used;
  for (const Run& other : earlier) {
    if (other.energy && IsLike(run, other)) used.push_back(other.energy->gross.value());
  }
  if (used.size() < kFewestLikeIt) return ExpectFromSteps(run, earlier, predictor);
  const auto [least, most] = std::minmax_element(used.begin(), used.end());
  const Joules median(UpperMedian(used));
  return ExpectedEnergy{
      median, Concat(EnergyText(median), " is the median of ", used.size(), " runs like it here (",
                     EnergyText(Joules(*least)), " to ", EnergyText(Joules(*most)), ")")};
}

}  // namespace powerdown
