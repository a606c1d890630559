#include "client/model/expectation.h"

#include <algorithm>

#include "common/base/statistics.h"
#include "common/base/text.h"
#include "common/forecast/grok_features.h"
#include "common/run/training_schedule.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr size_t kFewest = 5;

// What the steps of runs of one size took.
struct StepCosts {
  std::vector<double> likely;  // joules a step
  std::vector<double> low;
  std::vector<double> high;
  std::string hardware;
};

std::optional<ExpectedValue> Summarise(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  ExpectedValue expected{.likely = Median(values)};
  if (values.size() >= kFewest) {
    expected.low = Quantile(values, 0.1);
    expected.high = Quantile(values, 0.9);
  }
  return expected;
}

bool IsOfSize(const RunSpec& a, const RunSpec& b) {
  return a.model == b.model && a.width == b.width && a.hidden == b.hidden && a.layers == b.layers &&
         a.heads == b.heads && a.batch_size == b.batch_size && a.modulus == b.modulus &&
         a.train_fraction == b.train_fraction && a.optimizer == b.optimizer;
}

StepCosts CostsOf(const RunSpec& spec, const std::vector<const Run*>& known, bool are_own) {
  StepCosts costs;
  for (const Run* run : known) {
    if (run->origin.empty() != are_own || !run->energy || run->steps <= 0) continue;
    if (!HasSpec(*run) || !IsOfSize(spec, run->spec)) continue;
    const double steps = static_cast<double>(run->steps);
    costs.likely.push_back(run->energy->gross.value() / steps);
    costs.low.push_back(run->energy->low.value() / steps);
    costs.high.push_back(run->energy->high.value() / steps);
    costs.hardware = run->hardware;
  }
  return costs;
}

// Steps times what each takes. The meters' band counts too, so that even one run gives a range.
ExpectedValue JoulesOf(const ExpectedValue& steps, const StepCosts& costs) {
  ExpectedValue joules{.likely = steps.likely * Median(costs.likely)};
  if (steps.low) joules.low = *steps.low * Quantile(costs.low, 0.1);
  if (steps.high) joules.high = *steps.high * Quantile(costs.high, 0.9);
  return joules;
}

std::vector<double> GrokStepsOf(const std::string& family, const std::vector<const Run*>& known) {
  std::vector<double> steps;
  for (const Run* run : known) {
    if (run->grok_step && SpecFamily(run->spec) == family) {
      steps.push_back(static_cast<double>(*run->grok_step));
    }
  }
  return steps;
}

// How far after the grok the rule stops; nullopt where no run tells.
std::optional<double> StopFactorOf(const std::vector<const Run*>& known) {
  std::vector<double> factors;
  for (const Run* run : known) {
    if (!run->grok_step || *run->grok_step <= 0 || !run->stop) continue;
    if (run->stop->reason != StopReason::kGrokked) continue;
    factors.push_back(static_cast<double>(run->stop->step) / static_cast<double>(*run->grok_step));
  }
  return factors.empty() ? std::nullopt : std::make_optional(Median(factors));
}

void ForecastSteps(const RunSpec& spec, const Predictor& predictor, Expectation& expectation) {
  const Forecast forecast = predictor.BeforeRun(spec, expectation.schedule_steps);
  const ForecastBand* band = ShownBand(forecast);
  if (!HasRule(spec)) {
    expectation.will_grok = forecast.will_grok_probability;
    expectation.step_source += "; random labels have no rule to learn, so it never groks";
    return;
  }
  if (!forecast.grok_step || band == nullptr) {
    expectation.step_source +=
        Concat("; no forecast, no run like it is known to the weights ", predictor.name());
    return;
  }
  ExpectedValue steps{.likely = static_cast<double>(*forecast.grok_step),
                      .low = static_cast<double>(band->low_step)};
  if (band->high_step) steps.high = static_cast<double>(*band->high_step);
  expectation.grok_step = steps;
  expectation.will_grok = forecast.will_grok_probability;
  expectation.step_source = Concat("the weights ", predictor.name());
}

void PriceSteps(const RunSpec& spec, const std::vector<const Run*>& known,
                Expectation& expectation) {
  StepCosts costs = CostsOf(spec, known, /*are_own=*/true);
  const bool are_own = !costs.likely.empty();
  if (!are_own) costs = CostsOf(spec, known, /*are_own=*/false);
  if (costs.likely.empty()) {
    expectation.cost_source = "energy unknown until a run of this size has trained";
    return;
  }
  const size_t runs = costs.likely.size();
  expectation.cost_source =
      Concat(runs, runs == 1 ? " run" : " runs", " of this size ",
             are_own ? "known here" : "recorded on ", are_own ? "" : costs.hardware);
  const double schedule = static_cast<double>(expectation.schedule_steps);
  if (schedule > 0) expectation.usual_joules = JoulesOf({schedule, schedule, schedule}, costs);
  const std::optional<double> factor = StopFactorOf(known);
  if (!expectation.grok_step || !factor) return;
  ExpectedValue stop = *expectation.grok_step;
  const auto scale = [&](double steps) { return std::min(steps * *factor, schedule); };
  stop.likely = scale(stop.likely);
  if (stop.low) stop.low = scale(*stop.low);
  stop.high = stop.high ? scale(*stop.high) : schedule;
  expectation.stopped_joules = JoulesOf(stop, costs);
}

}  // namespace

Expectation Expect(const RunSpec& spec, const std::string& schedule,
                   const std::vector<const Run*>& known, const Predictor* predictor) {
  Expectation expectation;
  expectation.factors = DefaultFactors();
  for (const Run* run : known) {
    if (run->origin.empty()) {
      expectation.factors = run->factors;
      break;
    }
  }
  const std::string family = SpecFamily(spec);
  const std::vector<double> grok_steps = GrokStepsOf(family, known);
  std::optional<FamilyMedian> median = FindShippedMedian(family);
  expectation.grok_step = Summarise(grok_steps);
  if (expectation.grok_step) {
    expectation.step_source = Concat(grok_steps.size(), " runs of this family known here");
  } else if (median) {
    expectation.grok_step = ExpectedValue{.likely = median->median_grok_step};
    expectation.step_source = Concat("median of ", median->runs, " runs: ", median->source);
  } else {
    expectation.step_source = "this family was not measured yet";
  }
  if (!median && expectation.grok_step) {
    median = FamilyMedian{family, expectation.grok_step->likely,
                          static_cast<int64_t>(grok_steps.size()), "runs known here"};
  }
  if (const auto request = ParseSchedule(schedule); request.ok()) {
    expectation.schedule_steps = ResolveSchedule(*request, spec, median).max_steps;
  }
  if (predictor != nullptr && expectation.schedule_steps > 0) {
    ForecastSteps(spec, *predictor, expectation);
  }
  PriceSteps(spec, known, expectation);
  return expectation;
}

}  // namespace powerdown
