#include "common/study/simulated_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/statistics.h"
#include "common/base/text.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr double kChance = 0.02;
constexpr double kPlateau = 1;
// Live reports are at most 2% of the steps apart, so a modelled curve needs no more.
constexpr double kReportShare = 0.02;
constexpr int64_t kLeastGap = 10;
// Validation accuracy takes a third of the time to the grok to rise (a median of 31% of it
// between 50% and 99%, over the 68 runs of a pilot that grokked).
constexpr double kRiseShare = 0.31;
constexpr double kLikely = 0.5;
constexpr int64_t kUsualMultiple = 2;  // of the grok step

// From chance at 0 over one half at `middle` to 0.99 at `end`.
double Rise(double step, double middle, double end) {
  const double steepness = std::log(99.0) / std::max(1.0, end - middle);
  return kChance + (kPlateau - kChance) / (1 + std::exp(-steepness * (step - middle)));
}

double PairsOf(const RunSpec& spec) {
  const absl::StatusOr<TaskTable> table = MakeTask(spec);
  return table.ok() ? static_cast<double>(table->size()) : 1;
}

// Roughly the arithmetic of a step: pairs times hidden units.
double WorkOf(const RunSpec& spec) {
  return std::max(1.0, PairsOf(spec) * spec.train_fraction * static_cast<double>(spec.hidden));
}

// An answer is right or wrong, so accuracies are multiples of 1 / questions.
double OfAnswers(double accuracy, double answers) {
  return std::round(accuracy * answers) / answers;
}

StepReport ReportAt(int64_t step, std::optional<double> grok_step, double held_out,
                    const SimulationBasis& basis) {
  const double at = static_cast<double>(step);
  const double memorised = static_cast<double>(basis.memorised_step);
  StepReport report;
  report.run_id = kModelled;
  report.time = absl::UnixEpoch() + absl::Seconds(at * basis.seconds_per_step);
  report.evaluation.step = step;
  report.evaluation.train_accuracy = std::min(1.0, Rise(at, memorised / 2, memorised));
  const double right = grok_step ? Rise(at, (1 - kRiseShare) * *grok_step, *grok_step) : kChance;
  report.evaluation.validation_accuracy = OfAnswers(right, held_out);
  report.evaluation.train_loss = -std::log(report.evaluation.train_accuracy);
  report.evaluation.validation_loss = -std::log(right);
  // Not modelled: unknown, not 0.
  report.gradient_norm = report.weight_norm = report.activation_sparsity = std::nullopt;
  if (basis.joules_per_step > 0) {
    report.energy = Joules(at * basis.joules_per_step);
    report.power = Watts(basis.joules_per_step / basis.seconds_per_step);
  }
  return report;
}

}  // namespace

SimulationBasis BasisOf(const std::vector<RecordedRun>& nearest, const RunSpec& spec) {
  std::vector<double> memorised, joules, seconds;
  const double work = WorkOf(spec);
  for (const RecordedRun& recorded : nearest) {
    const std::vector<StepReport>& reports = recorded.reports;
    if (reports.size() < 2 || reports.back().evaluation.step <= 0) continue;
    const double steps = static_cast<double>(reports.back().evaluation.step);
    const double scale = work / WorkOf(recorded.run.spec) / steps;
    if (recorded.run.memorised_step) {
      memorised.push_back(static_cast<double>(*recorded.run.memorised_step));
    }
    if (reports.back().energy) joules.push_back(reports.back().energy->value() * scale);
    seconds.push_back(absl::ToDoubleSeconds(reports.back().time - reports.front().time) * scale);
  }
  SimulationBasis basis;
  if (!memorised.empty()) {
    basis.memorised_step = std::max<int64_t>(1, std::llround(Median(memorised)));
  }
  if (!joules.empty()) basis.joules_per_step = Median(joules);
  if (!seconds.empty()) basis.seconds_per_step = std::max(1e-6, Median(seconds));
  return basis;
}

bool IsExpectedToGrok(const Forecast& forecast) {
  return forecast.grok_step && forecast.will_grok_probability.value_or(1) >= kLikely;
}

absl::StatusOr<RunBundle> SimulateRun(const RunSpec& spec, const Forecast& forecast,
                                      const SimulationBasis& basis) {
  if (forecast.is_unfamiliar) {
    return absl::FailedPreconditionError(
        "this spec is too far from every recorded run to be modelled; choose one closer to them");
  }
  std::optional<double> grok_step;
  int64_t max_steps = spec.max_steps;
  if (IsExpectedToGrok(forecast)) {
    grok_step = static_cast<double>(*forecast.grok_step);
    max_steps = std::min(max_steps, kUsualMultiple * *forecast.grok_step);
  }
  const double held_out = std::max(1.0, std::round(PairsOf(spec) * (1 - spec.train_fraction)));
  std::vector<StepReport> reports;
  for (int64_t step = 0;;) {
    reports.push_back(ReportAt(step, grok_step, held_out, basis));
    if (step >= max_steps) break;
    const auto gap = static_cast<int64_t>(kReportShare * static_cast<double>(step));
    step = std::min(max_steps, step + std::max(kLeastGap, gap));
  }
  Run run;
  run.run_id = kModelled;
  run.name = Concat("modelled: ", spec.task, " mod ", spec.modulus, ", ", spec.model);
  run.origin = kModelled;
  run.tags = {kModelled};
  run.spec = spec;
  run.auto_stop = AutoStop::kObserve;
  run.max_steps = max_steps;
  run.forecast = forecast;
  return BundleOfLog(std::move(run), std::move(reports));
}

}  // namespace powerdown
