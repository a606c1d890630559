#include "common/forecast/predictor.h"

#include <algorithm>
#include <cmath>

#include "common/base/sha256.h"
#include "common/base/text.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr size_t kNearest = 3;
constexpr double kMostSteps = 1e15;
constexpr double kMostLogSteps = 34;

int64_t Steps(double steps) {
  return static_cast<int64_t>(std::llround(std::clamp(steps, 1.0, kMostSteps)));
}

}  // namespace

double LogOfStep(int64_t step) {
  return step > 0 ? std::log(static_cast<double>(step)) : kFromTheStart;
}

Predictor::Predictor(PredictorWeights weights) : weights_(std::move(weights)) {
  hash_ = Sha256Hex(ToJson());
}

std::string Predictor::name() const {
  return Concat("cure-", weights_.version, " ", std::string_view(hash_).substr(0, 8));
}

Forecast Predictor::Before(const FeatureVector& spec_features, int64_t max_steps) const {
  if (!IsSpecKnown(spec_features)) return Unfamiliar(0);
  Forecast forecast =
      Make(weights_.before, weights_.bands, spec_features, 0, Stage::kBefore, max_steps);
  forecast.leans_on = NearestRuns(spec_features);
  return forecast;
}

Forecast Predictor::BeforeRun(const RunSpec& spec, int64_t max_steps) const {
  if (HasRule(spec)) return Before(SpecFeatures(spec), max_steps);
  Forecast never = WithoutRule(0);
  never.leans_on = NearestRuns(SpecFeatures(spec));
  return never;
}

Forecast Predictor::During(const GrokFeatures& features, int64_t max_steps) const {
  if (const auto grok_step = features.tracker().grok_step()) {
    Forecast known;
    known.made_at_step = features.step();
    known.grok_step = *grok_step;
    for (const double confidence : kConfidences) {
      known.bands.push_back({confidence, *grok_step, *grok_step});
    }
    known.will_grok_probability = 1;
    known.model = name();
    return known;
  }
  const FeatureVector values = features.Values();
  if (!IsSpecKnown(values)) {
    return Make(weights_.curve, weights_.curve_bands, CurveFeatures(values), features.step(),
                features.stage(), max_steps);
  }
  return Make(weights_.during, weights_.bands, values, features.step(), features.stage(),
              max_steps);
}

Forecast Predictor::Unfamiliar(int64_t step) const {
  Forecast forecast;
  forecast.made_at_step = step;
  forecast.model = name();
  forecast.is_unfamiliar = true;
  return forecast;
}

Forecast Predictor::WithoutRule(int64_t step) const {
  Forecast forecast;
  forecast.made_at_step = step;
  forecast.model = name();
  forecast.will_grok_probability = 0;
  return forecast;
}

Forecast Predictor::Make(const PredictorHead& head, const ConformalBands& bands,
                         const FeatureVector& values, int64_t step, Stage stage,
                         int64_t max_steps) const {
  const Eigen::VectorXd wide = head.standardizer.ApplyWide(values);
  if (head.familiarity.Distance(wide) > head.familiarity.limit) return Unfamiliar(step);
  Forecast forecast;
  forecast.made_at_step = step;
  forecast.model = name();
  const Eigen::VectorXd x = head.standardizer.Apply(values);
  const double entry = LogOfStep(step);
  const double grok_step =
      std::exp(std::min(kMostLogSteps, head.model.LogTime(x, entry, LogOfStep(max_steps))));
  forecast.grok_step = std::max(step + 1, Steps(grok_step));
  for (size_t i = 0; i < kConfidences.size(); ++i) {
    const ResidualBand& band = bands.Band(stage, i);
    ForecastBand& added = forecast.bands.emplace_back();
    added.confidence = kConfidences[i];
    added.low_step = std::max(step, Steps(grok_step * std::pow(10, band.low)));
    const int64_t high = std::max(step + 1, Steps(grok_step * std::pow(10, band.high)));
    if (high <= max_steps) added.high_step = high;
  }
  forecast.will_grok_probability =
      max_steps > step ? head.model.ProbabilityBy(x, LogOfStep(max_steps), entry) : 0.0;
  return forecast;
}

std::vector<std::string> Predictor::NearestRuns(const FeatureVector& spec_features) const {
  const PredictorHead& head = weights_.before;
  const Eigen::VectorXd x = head.standardizer.ApplyWide(spec_features);
  std::vector<std::pair<double, std::string>> distances;
  for (const KnownRun& run : weights_.known_runs) {
    const Eigen::VectorXd other = head.standardizer.ApplyWide(run.spec_features);
    distances.emplace_back((head.familiarity.whitening * (x - other)).norm(), run.run_id);
  }
  const size_t count = std::min(kNearest, distances.size());
  std::partial_sort(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(count),
                    distances.end());
  std::vector<std::string> nearest;
  for (size_t i = 0; i < count; ++i) nearest.push_back(distances[i].second);
  return nearest;
}

}  // namespace powerdown
