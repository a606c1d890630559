// Forecasts whether and when a run groks, from its spec alone and again as it goes on. The weights
// are data: a JSON text with a version, the features that it reads and the hash of the runs that it
// was trained on. Immutable; safe to share between threads.
#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/forecast/conformal.h"
#include "common/forecast/cure_model.h"
#include "common/forecast/grok_features.h"
#include "common/forecast/linear_model.h"
#include "common/run/forecast.h"

namespace powerdown {

// Landmarks, at which forecasts are made and recorded: before the run, then at 50·1.5^k steps.
inline constexpr double kFirstLandmark = 50;
inline constexpr double kLandmarkFactor = 1.5;

// How far a point is from those that a model was trained on: Mahalanobis, with a ridge so that a
// feature that never varied counts as soon as it does.
struct Familiarity {
  Eigen::VectorXd mean;
  Eigen::MatrixXd whitening;  // distance = |whitening (x − mean)|
  double limit = 0;           // beyond it a run is unfamiliar

  double Distance(const Eigen::VectorXd& x) const { return (whitening * (x - mean)).norm(); }
};

// One model with its own scaling: of runs not yet begun, or of runs under way.
struct PredictorHead {
  Standardizer standardizer;
  CureModel model;
  Familiarity familiarity;
};

// A run that forecasts lean on.
struct KnownRun {
  std::string run_id;
  FeatureVector spec_features;
};

struct PredictorWeights {
  int version = 2;
  int feature_schema = kGrokFeatureSchema;
  std::string trained_on;  // SHA-256 over the runs
  int64_t runs = 0;
  int64_t events = 0;  // of them, runs that grokked
  std::vector<std::string> operations;
  PredictorHead before;
  PredictorHead during;
  ConformalBands bands;
  // Of runs under way whose spec is not known, from steps and accuracies alone.
  PredictorHead curve;
  ConformalBands curve_bands;
  std::vector<KnownRun> known_runs;
};

class Predictor {
 public:
  explicit Predictor(PredictorWeights weights);
  // InvalidArgument says what is wrong; FailedPrecondition for weights of another feature schema.
  static absl::StatusOr<Predictor> FromJson(std::string_view text);
  std::string ToJson() const;

  const PredictorWeights& weights() const { return weights_; }
  const std::string& hash() const { return hash_; }  // SHA-256 of ToJson()
  std::string name() const;                          // "cure-1 3f9a1b2c"

  // `max_steps`: steps that the run may take. Before a run of an unknown spec: unfamiliar.
  Forecast Before(const FeatureVector& spec_features, int64_t max_steps) const;
  Forecast BeforeRun(const RunSpec& spec, int64_t max_steps) const;
  Forecast During(const GrokFeatures& features, int64_t max_steps) const;
  // Of random labels, at any step: never. By their definition there is nothing to find.
  Forecast WithoutRule(int64_t step) const;

 private:
  Forecast Make(const PredictorHead& head, const ConformalBands& bands, const FeatureVector& values,
                int64_t step, Stage stage, int64_t max_steps) const;
  Forecast Unfamiliar(int64_t step) const;
  std::vector<std::string> NearestRuns(const FeatureVector& spec_features) const;

  PredictorWeights weights_;
  std::string hash_;
};

// The logarithm in which the model speaks of a step, and of a run that is not begun.
double LogOfStep(int64_t step);

}  // namespace powerdown
