#include "common/study/predictor_evaluation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_spec.h"

namespace powerdown {
namespace {

constexpr int64_t kLateGrok = 5000;
constexpr int64_t kLateLook = 3000;
constexpr double kLimitShare = 0.25;
constexpr size_t kFewestSeeds = 3;

double LogOf(int64_t step) {
  return std::log10(static_cast<double>(std::max<int64_t>(1, step)));
}

// A forecast of a run that grokked, compared with the true grok step.
struct Hit {
  double error = 0;  // |log10|
  double share = 0;  // |predicted − true| / true
  const Forecast* forecast = nullptr;
  int64_t grok_step = 0;
};

std::optional<Hit> HitOf(const PredictorTrial& trial, const Forecast& forecast) {
  const std::optional<int64_t> grok_step = trial.training.grok_step;
  if (!grok_step || !forecast.grok_step || forecast.made_at_step >= *grok_step) return std::nullopt;
  const double truth = static_cast<double>(std::max<int64_t>(1, *grok_step));
  return Hit{std::abs(LogOf(*forecast.grok_step) - LogOf(*grok_step)),
             std::abs(static_cast<double>(*forecast.grok_step) - truth) / truth, &forecast,
             *grok_step};
}

using Trials = std::vector<const PredictorTrial*>;
using Collector = std::function<void(const PredictorTrial&, std::vector<double>&)>;

double MedianOf(const Trials& trials, const Collector& collect) {
  std::vector<double> values;
  for (const PredictorTrial* trial : trials) collect(*trial, values);
  return Median(std::move(values));
}
double MeanOf(const Trials& trials, const Collector& collect) {
  std::vector<double> values;
  for (const PredictorTrial* trial : trials) collect(*trial, values);
  return Mean(values);
}
size_t CountOf(const Trials& trials, const Collector& collect) {
  std::vector<double> values;
  for (const PredictorTrial* trial : trials) collect(*trial, values);
  return values.size();
}

using Statistic = std::function<double(const Trials&)>;

class Report {
 public:
  explicit Report(const std::vector<PredictorTrial>& trials) {
    for (const PredictorTrial& trial : trials) trials_.push_back(&trial);
  }

  void Add(std::string name, std::string unit, std::string against, const Statistic& statistic,
           std::optional<double> at_most = {}, std::optional<double> at_least = {}) {
    Figure figure{.name = std::move(name),
                  .value = statistic(trials_),
                  .unit = std::move(unit),
                  .against = std::move(against)};
    figure.error = BootstrapError(trials_.size(), [&](const std::vector<size_t>& indices) {
      Trials drawn;
      for (const size_t index : indices) drawn.push_back(trials_[index]);
      return statistic(drawn);
    });
    if (at_most) figure.goal = Concat("at most ", *at_most);
    if (at_least) figure.goal += Concat(at_most ? ", " : "", "at least ", *at_least);
    if (at_most || at_least) {
      figure.holds =
          (!at_most || figure.value <= *at_most) && (!at_least || figure.value >= *at_least);
    }
    figures_.push_back(std::move(figure));
  }
  void AddMedian(const std::string& name, const std::string& what, const Collector& collect,
                 std::optional<double> at_most = {}) {
    Add(
        name, "decades", Concat(CountOf(trials_, collect), " ", what),
        [collect](const Trials& trials) { return MedianOf(trials, collect); }, at_most);
  }
  const Trials& trials() const { return trials_; }
  std::vector<Figure> Release() { return std::move(figures_); }

 private:
  Trials trials_;
  std::vector<Figure> figures_;
};

void AllErrors(const PredictorTrial& trial, std::vector<double>& errors) {
  for (const Forecast& forecast : trial.replay.forecasts) {
    if (forecast.made_at_step == 0) continue;
    if (const auto hit = HitOf(trial, forecast)) errors.push_back(hit->error);
  }
}

std::optional<double> TwiceMemorised(const PredictorTrial& trial) {
  if (!trial.training.memorised_step) return std::nullopt;
  return 2 * static_cast<double>(*trial.training.memorised_step);
}

void ErrorAtTwiceMemorised(const PredictorTrial& trial, std::vector<double>& errors) {
  const auto step = TwiceMemorised(trial);
  const Forecast* forecast = step ? ForecastAt(trial.replay.forecasts, *step) : nullptr;
  if (forecast == nullptr) return;
  if (const auto hit = HitOf(trial, *forecast)) errors.push_back(hit->error);
}

void LinearErrors(const PredictorTrial& trial, bool only_at_twice, std::vector<double>& errors) {
  if (!trial.training.grok_step) return;
  const auto twice = TwiceMemorised(trial);
  for (size_t i = 0; i < trial.linear.size(); ++i) {
    const double step = static_cast<double>(trial.training.landmarks[i].step);
    if (only_at_twice && !(twice && step >= *twice)) continue;
    errors.push_back(std::abs(trial.linear[i] - LogOf(*trial.training.grok_step)));
    if (only_at_twice) return;
  }
}

void AddErrors(Report& report) {
  report.AddMedian("forecast.error_at_twice_memorised", "runs", ErrorAtTwiceMemorised, 0.25);
  report.AddMedian("forecast.error_over_landmarks", "forecasts", AllErrors, 0.12);
  report.AddMedian("baseline.linear.error_at_twice_memorised", "runs",
                   [](const PredictorTrial& trial, std::vector<double>& errors) {
                     LinearErrors(trial, true, errors);
                   });
  report.AddMedian("baseline.linear.error_over_landmarks", "forecasts",
                   [](const PredictorTrial& trial, std::vector<double>& errors) {
                     LinearErrors(trial, false, errors);
                   });
  report.AddMedian("forecast.error_before_run", "runs",
                   [](const PredictorTrial& trial, std::vector<double>& errors) {
                     if (const auto hit = HitOf(trial, trial.replay.forecasts.front())) {
                       errors.push_back(hit->error);
                     }
                   });
  report.AddMedian(
      "baseline.hyperparameters_only.error", "runs",
      [](const PredictorTrial& trial, std::vector<double>& errors) {
        if (!trial.training.grok_step) return;
        errors.push_back(std::abs(trial.hyperparameters_only - LogOf(*trial.training.grok_step)));
      });
  report.AddMedian("baseline.constant.error", "runs",
                   [](const PredictorTrial& trial, std::vector<double>& errors) {
                     if (!trial.training.grok_step) return;
                     errors.push_back(std::abs(trial.constant - LogOf(*trial.training.grok_step)));
                   });
  report.AddMedian(
      "forecast.error_at_3000_of_late_groks", "runs that grok after step 5,000",
      [](const PredictorTrial& trial, std::vector<double>& errors) {
        if (trial.training.grok_step.value_or(0) <= kLateGrok) return;
        const Forecast* forecast = ForecastAt(trial.replay.forecasts, kLateLook);
        if (forecast == nullptr) return;
        if (const auto hit = HitOf(trial, *forecast)) errors.push_back(hit->error);
      },
      0.25);
}

// Harrell's concordance: how often, of two runs, the one that is expected to grok sooner does. The
// expected value is that of the step's logarithm. A run that does not grok within the largest step
// limit counts as if it grokked at that limit.
double ConcordanceOf(const Trials& trials) {
  std::vector<TimedPrediction> predictions;
  for (const PredictorTrial* trial : trials) {
    const auto twice = TwiceMemorised(*trial);
    const Forecast* forecast = twice ? ForecastAt(trial->of_longest, *twice) : nullptr;
    if (forecast == nullptr || !forecast->grok_step) continue;
    const double will_grok = forecast->will_grok_probability.value_or(0);
    const double expected =
        will_grok * LogOf(*forecast->grok_step) + (1 - will_grok) * LogOf(trial->longest_limit);
    predictions.push_back(
        {expected,
         static_cast<double>(trial->training.grok_step.value_or(trial->training.last_step)),
         trial->training.grok_step.has_value()});
  }
  return Concordance(predictions);
}

// Forecasts, at a quarter of the step limit, of whether runs grok. A run that has grokked by then
// is left out, or counts as a certain forecast.
double WillGrokArea(const Trials& trials, bool counts_grokked) {
  std::vector<ScoredOutcome> outcomes;
  for (const PredictorTrial* trial : trials) {
    const double due = kLimitShare * static_cast<double>(trial->recorded->run.max_steps);
    const Forecast* latest = nullptr;
    for (const Forecast& forecast : trial->replay.forecasts) {
      if (static_cast<double>(forecast.made_at_step) <= due) latest = &forecast;
    }
    if (latest == nullptr || !latest->will_grok_probability) continue;
    const std::optional<int64_t>& grok_step = trial->training.grok_step;
    const bool has_grokked = grok_step && static_cast<double>(*grok_step) <= due;
    if (has_grokked && !counts_grokked) continue;
    outcomes.push_back({has_grokked ? 1.0 : *latest->will_grok_probability, grok_step.has_value()});
  }
  return AreaUnderCurve(outcomes);
}

void Covered(const PredictorTrial& trial, size_t band, std::vector<double>& covered) {
  for (const Forecast& forecast : trial.replay.forecasts) {
    const auto hit = HitOf(trial, forecast);
    if (!hit || forecast.bands.size() <= band) continue;
    const ForecastBand& interval = forecast.bands[band];
    const bool is_in = hit->grok_step >= interval.low_step &&
                       hit->grok_step <= interval.high_step.value_or(INT64_MAX);
    covered.push_back(is_in ? 1 : 0);
  }
}

void Width(const PredictorTrial& trial, size_t band, std::vector<double>& widths) {
  for (const Forecast& forecast : trial.replay.forecasts) {
    const auto hit = HitOf(trial, forecast);
    if (!hit || forecast.bands.size() <= band) continue;
    const ForecastBand& interval = forecast.bands[band];
    const int64_t high = interval.high_step.value_or(trial.recorded->run.max_steps);
    widths.push_back(LogOf(high) - LogOf(interval.low_step));
  }
}

void AddIntervals(Report& report) {
  for (size_t band = 0; band < kConfidences.size(); ++band) {
    const double confidence = kConfidences[band];
    const Collector covered = [band](const PredictorTrial& trial, std::vector<double>& values) {
      Covered(trial, band, values);
    };
    const Collector width = [band](const PredictorTrial& trial, std::vector<double>& values) {
      Width(trial, band, values);
    };
    const std::string name = Concat("forecast.interval_", std::lround(100 * confidence));
    const bool is_judged = confidence == kShownConfidence;
    report.Add(
        Concat(name, ".coverage"), "1",
        Concat(CountOf(report.trials(), covered), " forecasts of runs that grokked"),
        [covered](const Trials& trials) { return MeanOf(trials, covered); },
        is_judged ? std::make_optional(0.85) : std::nullopt,
        is_judged ? std::make_optional(0.75) : std::nullopt);
    report.Add(
        Concat(name, ".width"), "decades", "their median",
        [width](const Trials& trials) { return MedianOf(trials, width); },
        is_judged ? std::make_optional(0.6) : std::nullopt);
  }
}

// Mean absolute percentage error of the forecasts made during a run, as the literature counts it.
double PercentageError(const Trials& trials, const std::string& model) {
  return 100 * MeanOf(trials, [&](const PredictorTrial& trial, std::vector<double>& shares) {
           if (!model.empty() && trial.training.model != model) return;
           const auto twice = TwiceMemorised(trial);
           const Forecast* forecast = twice ? ForecastAt(trial.replay.forecasts, *twice) : nullptr;
           if (forecast == nullptr) return;
           if (const auto hit = HitOf(trial, *forecast)) shares.push_back(hit->share);
         });
}

void AddPercentageErrors(Report& report, const std::string& name, const std::string& left_out) {
  report.Add(
      name + "_mlp", "%", Concat("MLPs that grokked, ", left_out),
      [](const Trials& drawn) { return PercentageError(drawn, "mlp"); }, 17.7);
  report.Add(
      name + "_all", "%", Concat("all that grokked, ", left_out),
      [](const Trials& drawn) { return PercentageError(drawn, ""); }, 23);
}

// The grok steps of runs that differ in their seeds alone, by spec.
std::map<std::string, std::vector<double>> GrokStepsOfSpecs(const Trials& trials) {
  std::map<std::string, std::vector<double>> steps;
  for (const PredictorTrial* trial : trials) {
    if (!trial->training.grok_step) continue;
    RunSpec spec = trial->recorded->run.spec;
    spec.seed = 0;
    spec.split_seed = 0;
    steps[SpecToJson(spec)].push_back(static_cast<double>(*trial->training.grok_step));
  }
  return steps;
}

// The percentage error of predicting a run by the geometric mean of the grok steps of other seeds
// of its spec. A forecast before the run can hardly be better.
std::vector<double> ErrorsOfOtherSeeds(const Trials& trials) {
  std::vector<double> shares;
  for (const auto& [spec, steps] : GrokStepsOfSpecs(trials)) {
    if (steps.size() < kFewestSeeds) continue;
    double logarithms = 0;
    for (const double step : steps) logarithms += std::log(step);
    for (const double step : steps) {
      const double others = (logarithms - std::log(step)) / static_cast<double>(steps.size() - 1);
      shares.push_back(100 * std::abs(std::exp(others) - step) / step);
    }
  }
  return shares;
}

void AddDecisions(Report& report) {
  const Statistic false_abandons = [](const Trials& trials) {
    double wrong = 0;
    for (const PredictorTrial* trial : trials) {
      wrong += trial->replay.abandon_step && trial->training.grok_step &&
                       *trial->training.grok_step > *trial->replay.abandon_step
                   ? 1
                   : 0;
    }
    double groks = 0;
    for (const PredictorTrial* trial : trials) groks += trial->training.grok_step ? 1 : 0;
    return groks > 0 ? wrong / groks : std::nan("");
  };
  report.Add("abandon.false", "1", "of the runs that grokked", false_abandons, 0.02);
  report.Add("abandon.saved_share", "1", "energy of the runs that never grokked",
             [](const Trials& trials) {
               double saved = 0, all = 0;
               for (const PredictorTrial* trial : trials) {
                 if (trial->training.grok_step) continue;
                 const SeriesPyramid effort = EffortCurve(trial->recorded->reports);
                 all += effort.last();
                 if (trial->replay.abandon_step) {
                   saved += effort.last() - EffortAt(effort, *trial->replay.abandon_step);
                 }
               }
               return all > 0 ? saved / all : std::nan("");
             });
  const auto planned_stop = [](const PredictorTrial& trial) -> std::optional<int64_t> {
    return trial.replay.planned ? trial.replay.planned->stop_step : std::nullopt;
  };
  report.Add("planned.false", "1", "of the runs that grokked: paused before they did",
             [planned_stop](const Trials& trials) {
               return MeanOf(trials, [&](const PredictorTrial& trial, std::vector<double>& wrong) {
                 if (!trial.training.grok_step) return;
                 const auto stop = planned_stop(trial);
                 wrong.push_back(stop && *stop < *trial.training.grok_step ? 1 : 0);
               });
             });
  report.Add("planned.saved_share", "1", "energy of all runs, by the pause alone",
             [planned_stop](const Trials& trials) {
               double saved = 0, all = 0;
               for (const PredictorTrial* trial : trials) {
                 const SeriesPyramid effort = EffortCurve(trial->recorded->reports);
                 all += effort.last();
                 if (const auto stop = planned_stop(*trial)) {
                   saved += effort.last() - EffortAt(effort, *stop);
                 }
               }
               return all > 0 ? saved / all : std::nan("");
             });
}

}  // namespace

std::vector<Figure> JudgePredictor(const std::vector<PredictorTrial>& trials) {
  Report report(trials);
  report.Add("forecast.runs", "runs", "recorded",
             [](const Trials& drawn) { return static_cast<double>(drawn.size()); });
  AddErrors(report);
  report.Add("forecast.concordance", "1", "at twice the memorisation step", ConcordanceOf, {},
             0.85);
  report.Add(
      "forecast.will_grok_area", "1", "runs not grokked at a quarter of the step limit",
      [](const Trials& trials) { return WillGrokArea(trials, false); }, {}, 0.93);
  report.Add("forecast.will_grok_area_of_all", "1", "all runs at a quarter of the step limit",
             [](const Trials& trials) { return WillGrokArea(trials, true); });
  AddIntervals(report);
  AddPercentageErrors(report, "forecast.mape", "its operation left out");
  report.Add("forecast.unfamiliar", "1", "share of forecasts that were refused",
             [](const Trials& drawn) {
               return MeanOf(drawn, [](const PredictorTrial& trial, std::vector<double>& refused) {
                 for (const Forecast& forecast : trial.replay.forecasts) {
                   refused.push_back(forecast.is_unfamiliar ? 1 : 0);
                 }
               });
             });
  AddDecisions(report);
  return report.Release();
}

std::vector<Figure> JudgeRunsLeftOut(const std::vector<PredictorTrial>& trials) {
  Report report(trials);
  report.AddMedian("runs_left_out.error_over_landmarks", "forecasts", AllErrors);
  report.Add("runs_left_out.concordance", "1", "at twice the memorisation step", ConcordanceOf);
  AddPercentageErrors(report, "runs_left_out.mape", "the run left out");
  report.Add("baseline.other_seeds.mape", "%",
             Concat(ErrorsOfOtherSeeds(report.trials()).size(),
                    " runs, each predicted from other seeds of its spec"),
             [](const Trials& drawn) { return Mean(ErrorsOfOtherSeeds(drawn)); });
  return report.Release();
}

}  // namespace powerdown
