#include "common/study/predictor_trial.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr double kLinearPenalty = 1;
constexpr size_t kRunFolds = 5;

// The baselines: ridge regressions on the runs that grokked, and their median.
struct Baselines {
  Standardizer landmarks;
  RidgeModel linear;
  Standardizer specs;
  RidgeModel hyperparameters_only;
  double constant = 0;
};

Eigen::MatrixXd MatrixOf(const std::vector<const FeatureVector*>& rows) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(rows.size()),
                         static_cast<Eigen::Index>(rows.front()->size()));
  for (Eigen::Index row = 0; row < matrix.rows(); ++row) {
    matrix.row(row) =
        Eigen::Map<const Eigen::RowVectorXd>(rows[static_cast<size_t>(row)]->data(), matrix.cols());
  }
  return matrix;
}

RidgeModel Fit(const std::vector<const FeatureVector*>& rows, const std::vector<double>& targets,
               Standardizer& standardizer) {
  const Eigen::MatrixXd matrix = MatrixOf(rows);
  standardizer = Standardizer(matrix);
  const auto count = static_cast<Eigen::Index>(targets.size());
  return FitRidge(standardizer.Apply(matrix),
                  Eigen::Map<const Eigen::VectorXd>(targets.data(), count),
                  Eigen::VectorXd::Ones(count), kLinearPenalty);
}

absl::StatusOr<Baselines> FitBaselines(const std::vector<TrainingRun>& runs) {
  std::vector<const FeatureVector*> landmarks, specs;
  std::vector<double> landmark_targets, spec_targets;
  for (const TrainingRun& run : runs) {
    if (!run.grok_step) continue;
    const double target = std::log10(static_cast<double>(std::max<int64_t>(1, *run.grok_step)));
    specs.push_back(&run.spec_features);
    spec_targets.push_back(target);
    for (const Landmark& landmark : run.landmarks) {
      landmarks.push_back(&landmark.features);
      landmark_targets.push_back(target);
    }
  }
  if (landmarks.empty()) return absl::InvalidArgumentError("no run grokked after a landmark");
  Baselines baselines;
  baselines.linear = Fit(landmarks, landmark_targets, baselines.landmarks);
  baselines.hyperparameters_only = Fit(specs, spec_targets, baselines.specs);
  baselines.constant = Median(spec_targets);
  return baselines;
}

PredictorTrial Try(const RecordedRun& recorded, const TrainingRun& training,
                   const std::shared_ptr<const Predictor>& predictor, const Baselines& baselines,
                   bool knows_spec, int64_t longest_limit) {
  PredictorTrial trial;
  trial.recorded = &recorded;
  trial.training = training;
  RunSpec spec = recorded.run.spec;
  if (!knows_spec) spec.task = kUnknownTask;
  trial.replay = ReplayRun(recorded.reports, recorded.run.max_steps, spec, predictor);
  trial.longest_limit = longest_limit;
  trial.of_longest = ReplayRun(recorded.reports, longest_limit, spec, predictor).forecasts;
  for (const Landmark& landmark : training.landmarks) {
    trial.linear.push_back(baselines.linear.Predict(baselines.landmarks.Apply(landmark.features)));
  }
  trial.hyperparameters_only =
      baselines.hyperparameters_only.Predict(baselines.specs.Apply(training.spec_features));
  trial.constant = baselines.constant;
  return trial;
}

std::vector<TrainingRun> TrainingRunsOf(const std::vector<RecordedRun>& runs) {
  std::vector<TrainingRun> training;
  for (const RecordedRun& recorded : runs) {
    training.push_back(MakeTrainingRun(recorded.run, recorded.reports));
  }
  return training;
}

void TellDone(const TellShare& tell, size_t done, size_t all) {
  if (tell) tell(static_cast<double>(done) / static_cast<double>(all));
}

int64_t LongestLimit(const std::vector<TrainingRun>& runs) {
  int64_t longest = 0;
  for (const TrainingRun& run : runs) longest = std::max(longest, run.max_steps);
  return longest;
}

}  // namespace

const Forecast* ForecastAt(const std::vector<Forecast>& forecasts, double step) {
  for (const Forecast& forecast : forecasts) {
    if (forecast.made_at_step > 0 && static_cast<double>(forecast.made_at_step) >= step) {
      return &forecast;
    }
  }
  return nullptr;
}

absl::StatusOr<std::vector<PredictorTrial>> TryPredictor(const std::vector<RecordedRun>& known,
                                                         const std::vector<RecordedRun>& runs,
                                                         bool knows_specs, const TellShare& tell) {
  const std::vector<TrainingRun> training = TrainingRunsOf(known);
  const std::vector<TrainingRun> tried = TrainingRunsOf(runs);
  const int64_t longest = LongestLimit(tried);
  std::vector<PredictorTrial> trials;
  for (const std::vector<std::string>& fold : OperationFolds(tried, tried.size())) {
    const std::vector<TrainingRun> others = WithOperations(training, fold, false);
    ASSIGN_OR_RETURN(PredictorWeights weights, TrainPredictor(others));
    ASSIGN_OR_RETURN(const Baselines baselines, FitBaselines(others));
    const auto predictor = std::make_shared<const Predictor>(std::move(weights));
    for (size_t i = 0; i < runs.size(); ++i) {
      if (std::find(fold.begin(), fold.end(), tried[i].operation) == fold.end()) continue;
      trials.push_back(Try(runs[i], tried[i], predictor, baselines, knows_specs, longest));
      TellDone(tell, trials.size(), runs.size());
    }
  }
  return trials;
}

absl::StatusOr<std::vector<PredictorTrial>> TryWithRunsLeftOut(const std::vector<RecordedRun>& runs,
                                                               const TellShare& tell) {
  const std::vector<TrainingRun> training = TrainingRunsOf(runs);
  const int64_t longest = LongestLimit(training);
  std::vector<PredictorTrial> trials;
  for (size_t fold = 0; fold < kRunFolds; ++fold) {
    std::vector<TrainingRun> others;
    for (size_t i = 0; i < runs.size(); ++i) {
      if (i % kRunFolds != fold) others.push_back(training[i]);
    }
    ASSIGN_OR_RETURN(PredictorWeights weights, TrainPredictor(others));
    ASSIGN_OR_RETURN(const Baselines baselines, FitBaselines(others));
    const auto predictor = std::make_shared<const Predictor>(std::move(weights));
    for (size_t i = fold; i < runs.size(); i += kRunFolds) {
      trials.push_back(Try(runs[i], training[i], predictor, baselines, true, longest));
      TellDone(tell, trials.size(), runs.size());
    }
  }
  return trials;
}

HeldOutForecasts HeldOutOf(const PredictorTrial& trial) {
  HeldOutForecasts held_out{.run_id = trial.training.run_id, .operation = trial.training.operation};
  const auto take = [&](Forecast forecast) {
    forecast.model += Concat(" without ", trial.training.operation);
    held_out.forecasts.push_back(std::move(forecast));
  };
  const std::vector<Forecast>& made = trial.replay.forecasts;
  if (!made.empty() && made.front().made_at_step == 0) take(made.front());
  if (!trial.training.memorised_step) return held_out;
  const double memorised = static_cast<double>(*trial.training.memorised_step);
  const Forecast* once_memorised = ForecastAt(trial.replay.forecasts, memorised);
  const std::optional<int64_t> grok_step = trial.training.grok_step;
  const bool has_grokked =
      once_memorised != nullptr && grok_step && once_memorised->made_at_step >= *grok_step;
  if (once_memorised != nullptr && !has_grokked) take(*once_memorised);
  return held_out;
}

}  // namespace powerdown
