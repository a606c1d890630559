// What is known of a run at one moment, as numbers that a predictor reads (docs/forecasts.md,
// Features). Pure; one object follows one run and sees nothing that lies ahead.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run/run.h"

namespace powerdown {

// Version of the list of features; weights say which one they read.
inline constexpr int kGrokFeatureSchema = 2;

// NaN: not known, as everything of a log is that has only accuracies.
using FeatureVector = std::vector<double>;

// Of the spec alone. All NaN if it is not known.
const std::vector<std::string>& SpecFeatureNames();
FeatureVector SpecFeatures(const RunSpec& spec);

// Names of the features of a run under way: those of its spec, then of its reports.
const std::vector<std::string>& RunFeatureNames();

// What steps and accuracies alone tell of a run: all that a log from elsewhere surely has.
const std::vector<std::string>& CurveFeatureNames();
FeatureVector CurveFeatures(const FeatureVector& run_features);

bool IsSpecKnown(const FeatureVector& features);  // of a spec, or of a run

// How far a run has come; forecasts are calibrated within each stage.
enum class Stage { kBefore, kEarly, kFlat, kRising };
inline constexpr int kStages = 4;

class GrokFeatures {
 public:
  explicit GrokFeatures(FeatureVector spec_features);

  void Observe(const StepReport& report);  // in ascending steps
  FeatureVector Values() const;            // after the last report
  Stage stage() const;
  int64_t step() const { return points_.empty() ? 0 : points_.back().step; }
  const GrokTracker& tracker() const { return tracker_; }

 private:
  // One report on the scales that features are made of.
  struct Point {
    int64_t step;
    double log_step;    // ln(1 + step)
    double validation;  // logit of validation accuracy
    double train_loss;  // ln
    double validation_loss;
    double norm;
  };
  // Slope over ln(step) within the last third of a factor of 1.5; NaN with fewer than two points.
  double Slope(double Point::*value) const;

  void Keep(const Point& point);

  const FeatureVector spec_features_;
  GrokTracker tracker_;
  std::vector<Point> points_;  // the newest report's last
  int64_t reports_ = 0;
  int64_t every_ = 1;  // of a long run only every so many-th report stays a point
  StepReport last_;
  double best_validation_ = 0;
  double worst_validation_loss_ = 0;
  std::optional<double> first_norm_;
  std::optional<double> norm_when_memorised_;
  std::optional<int64_t> half_way_step_;  // first with validation accuracy of 0.5
};

}  // namespace powerdown
