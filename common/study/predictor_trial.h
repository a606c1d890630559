// Each recorded run as a predictor forecasts it that has not learnt from it, one report at a time,
// exactly as live. Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/forecast/held_out.h"
#include "common/forecast/predictor_training.h"
#include "common/study/replay.h"
#include "common/study/stop_evaluation.h"

namespace powerdown {

// One run as a model forecast it that never saw it.
struct PredictorTrial {
  const RecordedRun* recorded = nullptr;
  TrainingRun training;
  Replay replay;
  // Its forecasts if it had the longest budget of all runs that were tried: what a median within a
  // budget says of two runs can only be compared if the budgets are equal.
  std::vector<Forecast> of_longest;
  int64_t longest_budget = 0;
  // Beside each landmark of `training`, log10 of the grok step as baselines predict it.
  std::vector<double> linear;
  double hyperparameters_only = 0;
  double constant = 0;
};

// Learns from `known`, each time without one operation, and forecasts the runs of that operation in
// `runs`, which may be the same and must outlive the trials.
// Without specs: as of logs from elsewhere, of which only the reports are known.
absl::StatusOr<std::vector<PredictorTrial>> TryPredictor(const std::vector<RecordedRun>& known,
                                                         const std::vector<RecordedRun>& runs,
                                                         bool knows_specs = true);
// Learns from four fifths of `runs` and forecasts the rest, five times: the operation, and often
// the same spec with another seed, was seen. As the literature counts, which leaves out runs.
absl::StatusOr<std::vector<PredictorTrial>> TryWithRunsLeftOut(
    const std::vector<RecordedRun>& runs);

// The first of forecasts under way that was made at or after `step`; null if there is none.
const Forecast* ForecastAt(const std::vector<Forecast>& forecasts, double step);
HeldOutForecasts HeldOutOf(const PredictorTrial& trial);

}  // namespace powerdown
