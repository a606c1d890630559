// Forecasts of recorded runs by predictors that were not trained on them, one report at a time as
// in a live run. Pure.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/forecast/held_out.h"
#include "common/forecast/predictor_training.h"
#include "common/study/replay.h"
#include "common/study/stop_evaluation.h"

namespace powerdown {

// One run, forecast by a model that was not trained on it.
struct PredictorTrial {
  const RecordedRun* recorded = nullptr;
  TrainingRun training;
  Replay replay;
  // Forecasts with the largest step limit of all tried runs. A forecast depends on the step limit,
  // so forecasts of two runs compare only under equal limits.
  std::vector<Forecast> of_longest;
  int64_t longest_limit = 0;
  // The baselines' predictions of log10(grok step): one for each landmark of `training`.
  std::vector<double> linear;
  double hyperparameters_only = 0;
  double constant = 0;
};

// Is told the share of the work that is done, from time to time; null: nobody is.
using TellShare = std::function<void(double share)>;

// For each operation: trains on the runs in `known` of all other operations, then forecasts the
// operation's runs in `runs`. Both lists may be the same; `runs` must outlive the trials.
// Without `knows_specs` the specs are ignored, as if the runs were imported logs.
absl::StatusOr<std::vector<PredictorTrial>> TryPredictor(const std::vector<RecordedRun>& known,
                                                         const std::vector<RecordedRun>& runs,
                                                         bool knows_specs = true,
                                                         const TellShare& tell = nullptr);
// Five times: trains on four fifths of `runs` and forecasts the rest. The literature evaluates this
// way. The model has seen the operation, and often the same spec with another seed.
absl::StatusOr<std::vector<PredictorTrial>> TryWithRunsLeftOut(const std::vector<RecordedRun>& runs,
                                                               const TellShare& tell = nullptr);

// The first forecast made during the run at or after `step`; null if there is none.
const Forecast* ForecastAt(const std::vector<Forecast>& forecasts, double step);
HeldOutForecasts HeldOutOf(const PredictorTrial& trial);

}  // namespace powerdown
