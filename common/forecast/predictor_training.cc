#include "common/forecast/predictor_training.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <set>

#include "common/base/sha256.h"
#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr size_t kFewestRuns = 20;
constexpr size_t kFewestEvents = 10;
constexpr size_t kCalibrationFolds = 5;
constexpr double kFamiliarRidge = 0.01;
constexpr double kFamiliarQuantile = 0.99;
constexpr double kFamiliarSlack = 1.5;  // so that a new run of a known kind is not unfamiliar
// Chosen by leave-one-operation-out error on half of the operations (GRID.toml says which). The
// larger penalty keeps only what many runs have in common, which a new operation shares.
constexpr CurePenalty kBeforePenalty{.time = 4, .share = 2};
constexpr CurePenalty kDuringPenalty{.time = 16, .share = 2};

struct HeadRow {
  FeatureVector values;
  double log_time = 0;
  bool is_event = false;
  double weight = 1;
  double log_entry = kFromTheStart;
};

// The grok step, or the last step of a run that had not grokked.
HeadRow RowOf(const TrainingRun& run, const FeatureVector& values, int64_t step, double weight) {
  const int64_t end = run.grok_step.value_or(run.last_step);
  return {values, LogOfStep(std::max<int64_t>(1, end)), run.grok_step.has_value(), weight,
          LogOfStep(step)};
}

std::vector<HeadRow> BeforeRows(const std::vector<TrainingRun>& runs) {
  std::vector<HeadRow> rows;
  for (const TrainingRun& run : runs) rows.push_back(RowOf(run, run.spec_features, 0, 1));
  return rows;
}

FeatureVector AsTheyAre(const FeatureVector& values) {
  return values;
}

// Each run weighs the same, however many landmarks it has.
std::vector<HeadRow> DuringRows(const std::vector<TrainingRun>& runs,
                                FeatureVector (*read)(const FeatureVector&)) {
  std::vector<HeadRow> rows;
  for (const TrainingRun& run : runs) {
    const double weight = 1 / static_cast<double>(std::max<size_t>(1, run.landmarks.size()));
    for (const Landmark& landmark : run.landmarks) {
      if (landmark.step >= run.last_step) continue;
      rows.push_back(RowOf(run, read(landmark.features), landmark.step, weight));
    }
  }
  return rows;
}

Familiarity FamiliarityOf(const Eigen::MatrixXd& rows) {
  Familiarity familiarity;
  familiarity.mean = rows.colwise().mean();
  const Eigen::MatrixXd centred = rows.rowwise() - familiarity.mean.transpose();
  Eigen::MatrixXd covariance =
      centred.transpose() * centred / static_cast<double>(std::max<Eigen::Index>(1, rows.rows()));
  covariance.diagonal().array() += kFamiliarRidge;
  const Eigen::MatrixXd lower = covariance.llt().matrixL();
  familiarity.whitening = lower.triangularView<Eigen::Lower>().solve(
      Eigen::MatrixXd::Identity(lower.rows(), lower.cols()));
  std::vector<double> distances;
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    distances.push_back(familiarity.Distance(rows.row(row)));
  }
  familiarity.limit = kFamiliarSlack * Quantile(distances, kFamiliarQuantile);
  return familiarity;
}

PredictorHead FitHead(const std::vector<HeadRow>& rows, const CurePenalty& penalty) {
  const auto count = static_cast<Eigen::Index>(rows.size());
  Eigen::MatrixXd values(count, static_cast<Eigen::Index>(rows.front().values.size()));
  for (Eigen::Index row = 0; row < count; ++row) {
    values.row(row) = Eigen::Map<const Eigen::RowVectorXd>(
        rows[static_cast<size_t>(row)].values.data(), values.cols());
  }
  PredictorHead head;
  head.standardizer = Standardizer(values);
  std::vector<CureRow> cure_rows;
  Eigen::MatrixXd wide(count, values.cols());
  for (Eigen::Index i = 0; i < count; ++i) {
    const HeadRow& row = rows[static_cast<size_t>(i)];
    wide.row(i) = head.standardizer.ApplyWide(row.values);
    cure_rows.push_back({head.standardizer.Apply(row.values), row.log_time, row.is_event,
                         row.weight, row.log_entry});
  }
  head.model = FitCure(cure_rows, penalty);
  head.familiarity = FamiliarityOf(wide);
  return head;
}

void FitHeads(const std::vector<TrainingRun>& runs, PredictorWeights& weights) {
  weights.before = FitHead(BeforeRows(runs), kBeforePenalty);
  weights.during = FitHead(DuringRows(runs, AsTheyAre), kDuringPenalty);
  weights.curve = FitHead(DuringRows(runs, CurveFeatures), kDuringPenalty);
}

// The error of a forecast of a run that grokked, in decades.
double Decades(const PredictorHead& head, const TrainingRun& run, const FeatureVector& values,
               int64_t step) {
  const double log_time = head.model.LogTime(head.standardizer.Apply(values), LogOfStep(step),
                                             LogOfStep(run.max_steps));
  return (LogOfStep(std::max<int64_t>(1, *run.grok_step)) - log_time) / std::log(10.0);
}

struct Residuals {
  std::vector<Residual> with_spec;
  std::vector<Residual> of_curve;
};

void AddResiduals(const TrainingRun& run, const PredictorWeights& weights, Residuals& residuals) {
  if (!run.grok_step) return;
  residuals.with_spec.push_back(
      {Stage::kBefore, Decades(weights.before, run, run.spec_features, 0)});
  for (const Landmark& landmark : run.landmarks) {
    residuals.with_spec.push_back(
        {landmark.stage, Decades(weights.during, run, landmark.features, landmark.step)});
    residuals.of_curve.push_back(
        {landmark.stage,
         Decades(weights.curve, run, CurveFeatures(landmark.features), landmark.step)});
  }
}

size_t CountEvents(const std::vector<TrainingRun>& runs) {
  return static_cast<size_t>(std::count_if(
      runs.begin(), runs.end(), [](const TrainingRun& run) { return run.grok_step.has_value(); }));
}

std::set<std::string> Operations(const std::vector<TrainingRun>& runs) {
  std::set<std::string> operations;
  for (const TrainingRun& run : runs) operations.insert(run.operation);
  return operations;
}

}  // namespace

bool LandmarkClock::IsDue(int64_t step) {
  if (static_cast<double>(step) < next_) return false;
  while (next_ <= static_cast<double>(step)) next_ *= kLandmarkFactor;
  return true;
}

TrainingRun MakeTrainingRun(const Run& run, const std::vector<StepReport>& reports) {
  TrainingRun training;
  training.run_id = run.run_id;
  training.operation = run.spec.task;
  training.model = run.spec.model;
  training.spec_features = SpecFeatures(run.spec);
  GrokFeatures features(training.spec_features);
  LandmarkClock clock;
  for (const StepReport& report : reports) {
    features.Observe(report);
    if (clock.IsDue(features.step())) {
      training.landmarks.push_back({features.step(), features.stage(), features.Values()});
    }
  }
  training.memorised_step = features.tracker().memorised_step();
  training.grok_step = features.tracker().grok_step();
  training.last_step = features.step();
  training.max_steps = std::max(run.max_steps, training.last_step);
  if (training.grok_step) {
    std::erase_if(training.landmarks,
                  [&](const Landmark& landmark) { return landmark.step >= *training.grok_step; });
  }
  return training;
}

std::vector<TrainingRun> WithOperations(const std::vector<TrainingRun>& runs,
                                        const std::vector<std::string>& operations, bool with) {
  std::vector<TrainingRun> chosen;
  for (const TrainingRun& run : runs) {
    const bool is_in =
        std::find(operations.begin(), operations.end(), run.operation) != operations.end();
    if (is_in == with) chosen.push_back(run);
  }
  return chosen;
}

std::vector<std::vector<std::string>> OperationFolds(const std::vector<TrainingRun>& runs,
                                                     size_t most) {
  const std::set<std::string> operations = Operations(runs);
  std::vector<std::vector<std::string>> folds(std::min(most, operations.size()));
  size_t next = 0;
  for (const std::string& operation : operations) {
    folds[next++ % folds.size()].push_back(operation);
  }
  return folds;
}

std::string TrainingHash(const std::vector<TrainingRun>& runs) {
  std::string text;
  for (const TrainingRun& run : runs) {
    text += Concat(run.run_id, " ", run.grok_step.value_or(-1), " ", run.last_step, "\n");
    for (const Landmark& landmark : run.landmarks) {
      text.append(reinterpret_cast<const char*>(landmark.features.data()),
                  landmark.features.size() * sizeof(double));
    }
  }
  return Sha256Hex(text);
}

absl::StatusOr<PredictorWeights> TrainPredictor(const std::vector<TrainingRun>& runs) {
  const size_t events = CountEvents(runs);
  if (runs.size() < kFewestRuns || events < kFewestEvents || Operations(runs).size() < 2) {
    return absl::InvalidArgumentError(Concat("predictor: ", runs.size(), " runs, ", events,
                                             " of which grokked, of ", Operations(runs).size(),
                                             " operations are too few; needed: ", kFewestRuns, ", ",
                                             kFewestEvents, " and 2"));
  }
  PredictorWeights weights;
  weights.trained_on = TrainingHash(runs);
  weights.runs = static_cast<int64_t>(runs.size());
  weights.events = static_cast<int64_t>(events);
  const std::set<std::string> operations = Operations(runs);
  weights.operations.assign(operations.begin(), operations.end());
  Residuals residuals;
  for (const std::vector<std::string>& fold : OperationFolds(runs, kCalibrationFolds)) {
    const std::vector<TrainingRun> others = WithOperations(runs, fold, false);
    if (CountEvents(others) == 0) continue;
    PredictorWeights part;
    FitHeads(others, part);
    for (const TrainingRun& run : WithOperations(runs, fold, true)) {
      AddResiduals(run, part, residuals);
    }
  }
  weights.bands = ConformalBands(residuals.with_spec);
  weights.curve_bands = ConformalBands(residuals.of_curve);
  FitHeads(runs, weights);
  for (const TrainingRun& run : runs) {
    if (IsSpecKnown(run.spec_features)) {
      weights.known_runs.push_back({run.run_id, run.spec_features});
    }
  }
  return weights;
}

}  // namespace powerdown
