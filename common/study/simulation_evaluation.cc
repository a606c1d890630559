#include "common/study/simulation_evaluation.h"

#include <cmath>
#include <limits>
#include <map>

#include "common/base/statistics.h"
#include "common/base/text.h"
#include "common/study/simulated_run.h"

namespace powerdown {
namespace {

constexpr double kGoalDecades = 0.25;

using RunsById = std::map<std::string, const RecordedRun*>;

std::optional<RunBundle> Simulated(const RunsById& known, const PredictorTrial& trial) {
  const Forecast& forecast = trial.replay.forecasts.front();
  std::vector<RecordedRun> nearest;
  for (const std::string& run_id : forecast.leans_on) nearest.push_back(*known.at(run_id));
  const RunSpec& spec = trial.recorded->run.spec;
  auto bundle = SimulateRun(spec, forecast, BasisOf(nearest, spec));
  return bundle.ok() ? std::make_optional(*std::move(bundle)) : std::nullopt;
}

double LogStep(int64_t step) {
  return std::log10(static_cast<double>(std::max<int64_t>(1, step)));
}

Figure FigureOf(std::string name, std::string unit, const std::vector<double>& values,
                double (*statistic)(std::vector<double>), const std::string& of) {
  Figure figure{.name = std::move(name),
                .value = statistic(values),
                .unit = std::move(unit),
                .against = Concat(values.size(), " ", of)};
  figure.error = BootstrapError(values.size(), [&](const std::vector<size_t>& indices) {
    std::vector<double> drawn;
    for (const size_t index : indices) drawn.push_back(values[index]);
    return statistic(drawn);
  });
  return figure;
}

}  // namespace

std::vector<Figure> JudgeSimulations(const std::vector<RecordedRun>& known,
                                     const std::vector<PredictorTrial>& trials) {
  RunsById by_id;
  for (const RecordedRun& recorded : known) by_id[recorded.run.run_id] = &recorded;
  std::vector<double> errors;
  std::vector<double> right;
  for (const PredictorTrial& trial : trials) {
    const std::optional<RunBundle> simulated = Simulated(by_id, trial);
    if (!simulated) continue;
    const auto& truth = trial.training.grok_step;
    const auto& modelled = simulated->run.grok_step;
    right.push_back(truth.has_value() == modelled.has_value() ? 1 : 0);
    if (!truth) continue;
    // If the modelled run never groks and the real one does, the error is the largest possible.
    errors.push_back(modelled ? std::abs(LogStep(*modelled) - LogStep(*truth))
                              : std::numeric_limits<double>::max());
  }
  Figure error = FigureOf(
      "simulation.error", "decades", errors,
      [](std::vector<double> values) { return Median(std::move(values)); },
      "modelled runs of specs that grokked");
  error.goal = Concat("at most ", kGoalDecades);
  error.holds = error.value <= kGoalDecades;
  Figure outcome = FigureOf(
      "simulation.right_outcome", "1", right,
      [](std::vector<double> values) { return Mean(values); },
      "modelled runs: grokked within the step limit or not, as the real ones");
  return {std::move(error), std::move(outcome)};
}

}  // namespace powerdown
