// Follows one run with a predictor: forecasts at landmarks, and the two decisions that rest on
// them, ABANDON and PLANNED (docs/forecasts.md). Pure and deterministic: live and replayed
// reports give the same answers. The stop rule never asks it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/forecast/predictor.h"
#include "common/forecast/predictor_training.h"
#include "common/run/forecast.h"
#include "common/run/run.h"

namespace powerdown {

inline constexpr double kAbandonProbability = 0.02;
inline constexpr int kAbandonLandmarks = 2;        // successive ones
inline constexpr double kAbandonStepShare = 0.25;  // not before this share of the step limit
// The first prototype announced its stop at twice the memorisation step, at the latest here.
inline constexpr int64_t kPlannedLatestStep = 3000;

// A stop step announced ahead, with the interval that it is the upper end of.
struct PlannedStop {
  int64_t announced_at = 0;
  Forecast forecast;
  std::optional<int64_t> stop_step;  // the 95% upper bound; absent: beyond the step limit
};

class Forecaster {
 public:
  // `max_steps`: steps that the run may take. Without a predictor nothing is ever forecast.
  Forecaster(std::shared_ptr<const Predictor> predictor, const RunSpec& spec, int64_t max_steps);

  // Before the first report. Absent without a predictor.
  std::optional<Forecast> Before() const;

  struct Update {
    std::optional<Forecast> forecast;  // at a landmark
    bool is_abandoned = false;         // from this report on, and not before
    bool is_planned = false;           // the planned stop was announced at this report
    bool is_planned_stop = false;      // its step has come
  };
  Update Observe(const StepReport& report);  // in ascending steps

  const std::optional<PlannedStop>& planned() const { return planned_; }
  std::optional<int64_t> abandon_step() const { return abandon_step_; }
  const std::optional<Forecast>& latest() const { return latest_; }

 private:
  Forecast Now() const;
  void WatchAbandon(const Forecast& forecast, Update& update);
  void WatchPlanned(Update& update);

  const std::shared_ptr<const Predictor> predictor_;
  const int64_t max_steps_;
  const bool has_rule_;
  const FeatureVector spec_features_;
  GrokFeatures features_;
  LandmarkClock clock_;
  std::optional<Forecast> latest_;
  int hopeless_landmarks_ = 0;
  std::optional<int64_t> abandon_step_;
  std::optional<PlannedStop> planned_;
  bool has_planned_stop_ = false;
};

}  // namespace powerdown
