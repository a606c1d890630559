// Makes a predictor from runs. Pure and deterministic: the same runs give the same weights.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/forecast/predictor.h"
#include "common/run/run.h"

namespace powerdown {

// A moment of a run at which a forecast is made.
struct Landmark {
  int64_t step = 0;
  Stage stage = Stage::kBefore;
  FeatureVector features;
};

// A run as far as a predictor learns from it or is judged by it.
struct TrainingRun {
  std::string run_id;
  std::string operation;  // what is held out together
  std::string model;      // mlp, transformer, quadratic
  FeatureVector spec_features;
  std::optional<int64_t> memorised_step;
  std::optional<int64_t> grok_step;
  int64_t last_step = 0;            // observed up to here
  int64_t max_steps = 0;            // steps that it might take
  std::vector<Landmark> landmarks;  // before it grokked; ascending
};

// The first evaluation at or after each of 50·1.5^k.
class LandmarkClock {
 public:
  bool IsDue(int64_t step);  // and if so, moves on

 private:
  double next_ = kFirstLandmark;
};

// `reports` ascend in steps and stand (StandingReports).
TrainingRun MakeTrainingRun(const Run& run, const std::vector<StepReport>& reports);

// InvalidArgument with fewer than 20 runs or 10 groks, or of fewer than two operations.
absl::StatusOr<PredictorWeights> TrainPredictor(const std::vector<TrainingRun>& runs);

// Operations in groups, so that calibration on held-out operations costs `most` fits.
std::vector<std::vector<std::string>> OperationFolds(const std::vector<TrainingRun>& runs,
                                                     size_t most);
std::vector<TrainingRun> WithOperations(const std::vector<TrainingRun>& runs,
                                        const std::vector<std::string>& operations, bool with);

// SHA-256 over what the runs teach.
std::string TrainingHash(const std::vector<TrainingRun>& runs);

}  // namespace powerdown
