// How good the predictor is on operations that it was not trained on: each operation is forecast by
// a model trained on all the others, one report at a time, exactly as live. Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/held_out.h"
#include "common/stop_evaluation.h"

namespace powerdown {

// One run as a model forecast it that never saw its operation.
struct PredictorTrial {
  const RecordedRun* recorded = nullptr;
  TrainingRun training;
  Replay replay;
  // Beside each landmark of `training`, log10 of the grok step as baselines predict it.
  std::vector<double> linear;
  double hyperparameters_only = 0;
  double constant = 0;
};

// Learns from `known` and forecasts `runs`, which may be the same and must outlive the trials.
// Without specs: as of logs from elsewhere, of which only the reports are known.
absl::StatusOr<std::vector<PredictorTrial>> TryPredictor(const std::vector<RecordedRun>& known,
                                                         const std::vector<RecordedRun>& runs,
                                                         bool knows_specs = true);
HeldOutForecasts HeldOutOf(const PredictorTrial& trial);
std::vector<Figure> JudgePredictor(const std::vector<PredictorTrial>& trials);

}  // namespace powerdown
