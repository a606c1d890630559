#include "common/forecast/forecaster.h"

#include <algorithm>

#include "common/task/task.h"

namespace powerdown {
namespace {

std::optional<int64_t> UpperBound(const Forecast& forecast, double confidence) {
  for (const ForecastBand& band : forecast.bands) {
    if (band.confidence == confidence) return band.high_step;
  }
  return std::nullopt;
}

}  // namespace

Forecaster::Forecaster(std::shared_ptr<const Predictor> predictor, const RunSpec& spec,
                       int64_t max_steps)
    : predictor_(std::move(predictor)),
      max_steps_(max_steps),
      has_rule_(HasRule(spec)),
      spec_features_(predictor_ ? SpecFeatures(spec) : FeatureVector()),
      features_(spec_features_) {}

std::optional<Forecast> Forecaster::Before() const {
  if (!predictor_) return std::nullopt;
  return has_rule_ ? predictor_->Before(spec_features_, max_steps_) : predictor_->WithoutRule(0);
}

Forecast Forecaster::Now() const {
  return has_rule_ ? predictor_->During(features_, max_steps_)
                   : predictor_->WithoutRule(features_.step());
}

Forecaster::Update Forecaster::Observe(const StepReport& report) {
  Update update;
  if (!predictor_) return update;
  features_.Observe(report);
  const bool has_grokked = features_.tracker().grok_step().has_value();
  if (clock_.IsDue(features_.step()) && !has_grokked) {
    update.forecast = latest_ = Now();
    WatchAbandon(*latest_, update);
  }
  WatchPlanned(update);
  return update;
}

void Forecaster::WatchAbandon(const Forecast& forecast, Update& update) {
  const bool is_hopeless = forecast.will_grok_probability &&
                           *forecast.will_grok_probability < kAbandonProbability &&
                           features_.stage() != Stage::kRising;
  hopeless_landmarks_ = is_hopeless ? hopeless_landmarks_ + 1 : 0;
  const bool is_early =
      static_cast<double>(features_.step()) < kAbandonStepShare * static_cast<double>(max_steps_);
  if (abandon_step_ || is_early || hopeless_landmarks_ < kAbandonLandmarks) return;
  abandon_step_ = features_.step();
  update.is_abandoned = true;
}

void Forecaster::WatchPlanned(Update& update) {
  const int64_t step = features_.step();
  if (!planned_) {
    const auto memorised = features_.tracker().memorised_step();
    const int64_t due =
        std::min(memorised ? 2 * *memorised : kPlannedLatestStep, kPlannedLatestStep);
    if (step < std::max<int64_t>(1, due)) return;
    planned_ = PlannedStop{step, Now(), std::nullopt};
    planned_->stop_step = UpperBound(planned_->forecast, kConfidences.back());
    update.is_planned = true;
  }
  if (has_planned_stop_ || !planned_->stop_step || step < *planned_->stop_step) return;
  has_planned_stop_ = true;
  update.is_planned_stop = true;
}

}  // namespace powerdown
