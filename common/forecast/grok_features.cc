#include "common/forecast/grok_features.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/task/task.h"
#include "common/task/task_structure.h"

namespace powerdown {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeastLoss = 1e-9;
constexpr double kLeastDecay = 1e-3;
constexpr double kSlopeFactor = 1.5;  // a slope looks back to step / 1.5
constexpr double kEarlyMultiple = 2;  // of the memorisation step
constexpr int kFewestPoints = 8;      // that are kept, however old
// Beyond so many (3 MB), every other one goes: a slope over half of them differs by less than a
// thousandth, and a run may have millions of reports.
constexpr size_t kMostPoints = 1 << 16;
constexpr double kRising = 0.5;
constexpr double kUsualLogRate = -2.5;
constexpr double kUsualLogDecay = -0.5;
constexpr double kUsualFraction = 0.6;
constexpr double kMostDecades = 2;  // that an extrapolation may reach

double Logit(double accuracy) {
  const double clipped = std::clamp(accuracy, 0.002, 0.998);
  return std::log(clipped / (1 - clipped));
}

double LogLoss(std::optional<double> loss) {
  return std::log(std::max(loss.value_or(kUnknown), kLeastLoss));  // NaN stays NaN
}

size_t PlaceOf(const std::string& name, const std::vector<std::string>& names) {
  return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

double Flag(bool value) {
  return value ? 1 : 0;
}

}  // namespace

const std::vector<std::string>& SpecFeatureNames() {
  static const auto& names = *new std::vector<std::string>{"log_learning_rate",
                                                           "log_weight_decay",
                                                           "log_rate_x_decay",
                                                           "train_fraction",
                                                           "log_train_pairs",
                                                           "log_classes",
                                                           "log_width",
                                                           "log_hidden",
                                                           "is_transformer",
                                                           "is_quadratic",
                                                           "is_mse",
                                                           "layers",
                                                           "log_initial_scale",
                                                           "is_minibatch",
                                                           "label_noise",
                                                           "swappable",
                                                           "distinct",
                                                           "closed",
                                                           "grokfast",
                                                           "rate_of_transformer",
                                                           "decay_of_transformer",
                                                           "fraction_of_transformer",
                                                           "rate_of_quadratic",
                                                           "decay_of_quadratic",
                                                           "fraction_of_quadratic"};
  return names;
}

FeatureVector SpecFeatures(const RunSpec& spec) {
  const absl::StatusOr<TaskTable> table = MakeTask(spec);
  if (!table.ok()) return FeatureVector(SpecFeatureNames().size(), kUnknown);
  const TaskStructure structure = StructureOf(*table);
  const double decay = spec.weight_decay + kLeastDecay;
  const double pairs = std::max(1.0, spec.train_fraction * static_cast<double>(table->size()));
  const bool has_width = spec.model != "quadratic";
  FeatureVector values = {std::log10(spec.learning_rate),
                          std::log10(decay),
                          std::log10(spec.learning_rate * decay),
                          spec.train_fraction,
                          std::log10(pairs),
                          std::log10(static_cast<double>(table->classes)),
                          has_width ? std::log10(static_cast<double>(spec.width)) : kUnknown,
                          std::log10(static_cast<double>(spec.hidden)),
                          Flag(spec.model == "transformer"),
                          Flag(spec.model == "quadratic"),
                          Flag(spec.loss == "mse"),
                          static_cast<double>(spec.layers),
                          std::log10(spec.initial_scale),
                          Flag(spec.batch_size > 0),
                          spec.label_noise,
                          structure.swappable,
                          structure.distinct,
                          structure.closed,
                          spec.grokfast};
  // Learning rate, weight decay and train fraction have other effects in other architectures.
  for (const char* model : {"transformer", "quadratic"}) {
    const double is_this = Flag(spec.model == model);
    values.push_back(is_this * (std::log10(spec.learning_rate) - kUsualLogRate));
    values.push_back(is_this * (std::log10(decay) - kUsualLogDecay));
    values.push_back(is_this * (spec.train_fraction - kUsualFraction));
  }
  return values;
}

const std::vector<std::string>& RunFeatureNames() {
  static const auto& names = *[] {
    auto* all = new std::vector<std::string>(SpecFeatureNames());
    const std::vector<std::string> of_reports = {"log_step",
                                                 "has_memorised",
                                                 "log_since_memorised",
                                                 "log_memorised_step",
                                                 "logit_validation",
                                                 "logit_best",
                                                 "slope_validation",
                                                 "log_train_loss",
                                                 "log_validation_loss",
                                                 "validation_loss_turn",
                                                 "slope_validation_loss",
                                                 "slope_train_loss",
                                                 "log_norm_change",
                                                 "slope_norm",
                                                 "log_norm_since_memorised",
                                                 "log_gradient_norm",
                                                 "activation_sparsity",
                                                 "log_decay_time",
                                                 "extrapolated",
                                                 "log_since_half_way",
                                                 "has_half_way"};
    all->insert(all->end(), of_reports.begin(), of_reports.end());
    return all;
  }();
  return names;
}

const std::vector<std::string>& CurveFeatureNames() {
  static const auto& names = *new std::vector<std::string>{
      "log_step",           "has_memorised", "log_since_memorised", "log_memorised_step",
      "logit_validation",   "logit_best",    "slope_validation",    "extrapolated",
      "log_since_half_way", "has_half_way"};
  return names;
}

FeatureVector CurveFeatures(const FeatureVector& run_features) {
  static const auto& places = *[] {
    auto* all = new std::vector<size_t>;
    for (const std::string& name : CurveFeatureNames()) {
      all->push_back(PlaceOf(name, RunFeatureNames()));
    }
    return all;
  }();
  FeatureVector values;
  for (const size_t place : places) values.push_back(run_features[place]);
  return values;
}

bool IsSpecKnown(const FeatureVector& features) {
  return !std::isnan(features.front());
}

GrokFeatures::GrokFeatures(FeatureVector spec_features)
    : spec_features_(std::move(spec_features)) {}

void GrokFeatures::Observe(const StepReport& report) {
  const Evaluation& evaluation = report.evaluation;
  const bool had_memorised = tracker_.memorised_step().has_value();
  tracker_.Observe(evaluation);
  last_ = report;
  best_validation_ = std::max(best_validation_, evaluation.validation_accuracy);
  if (evaluation.validation_loss > worst_validation_loss_) {
    worst_validation_loss_ = *evaluation.validation_loss;
  }
  const double norm = LogLoss(report.weight_norm);
  if (!first_norm_ && !std::isnan(norm)) first_norm_ = norm;
  if (!had_memorised && tracker_.memorised_step() && !std::isnan(norm)) {
    norm_when_memorised_ = norm;
  }
  if (!half_way_step_ && evaluation.validation_accuracy >= kRising) {
    half_way_step_ = evaluation.step;
  }
  Keep({evaluation.step, std::log1p(static_cast<double>(evaluation.step)),
        Logit(evaluation.validation_accuracy), LogLoss(evaluation.train_loss),
        LogLoss(evaluation.validation_loss), norm});
}

void GrokFeatures::Keep(const Point& point) {
  // The newest before this one stays only if its turn came.
  if (!points_.empty() && (reports_ - 1) % every_ != 0) points_.pop_back();
  points_.push_back(point);
  // At a report that stays also when twice as few do.
  if (reports_++ % (2 * every_) == 0 && points_.size() > kMostPoints) {
    every_ *= 2;
    size_t kept = 0;
    for (size_t i = (points_.size() - 1) % 2; i < points_.size(); i += 2) {
      points_[kept++] = points_[i];
    }
    points_.resize(kept);
  }
  // Later slopes read only the points within the look-back.
  const double horizon = static_cast<double>(point.step) / (2 * kSlopeFactor);
  if (points_.size() <= kFewestPoints) return;
  const auto most = points_.end() - kFewestPoints;
  const auto recent = std::partition_point(points_.begin(), most, [&](const Point& past) {
    return static_cast<double>(past.step) < horizon;
  });
  if (recent - points_.begin() > static_cast<std::ptrdiff_t>(points_.size() / 2)) {
    points_.erase(points_.begin(), recent);
  }
}

double GrokFeatures::Slope(double Point::*value) const {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  const double horizon = static_cast<double>(points_.back().step) / kSlopeFactor;
  for (auto point = points_.rbegin(); point != points_.rend(); ++point) {
    if (static_cast<double>(point->step) < horizon && n >= 2) break;
    if (std::isnan((*point).*value)) continue;
    ++n;
    x += point->log_step;
    y += (*point).*value;
    xx += point->log_step * point->log_step;
    xy += point->log_step * (*point).*value;
  }
  const double spread = n * xx - x * x;
  return n >= 2 && spread > 1e-12 ? (n * xy - x * y) / spread : kUnknown;
}

Stage GrokFeatures::stage() const {
  if (points_.empty()) return Stage::kBefore;
  if (best_validation_ >= kRising) return Stage::kRising;
  const std::optional<int64_t> memorised = tracker_.memorised_step();
  if (!memorised || static_cast<double>(step()) <
                        kEarlyMultiple * static_cast<double>(std::max<int64_t>(1, *memorised))) {
    return Stage::kEarly;
  }
  return Stage::kFlat;
}

FeatureVector GrokFeatures::Values() const {
  FeatureVector values = spec_features_;
  values.resize(SpecFeatureNames().size(), kUnknown);
  const double step = static_cast<double>(std::max<int64_t>(1, this->step()));
  const Point now = points_.empty() ? Point{} : points_.back();
  const auto memorised = tracker_.memorised_step();
  const double memorised_step =
      memorised ? static_cast<double>(std::max<int64_t>(1, *memorised)) : step;
  const double slope = points_.empty() ? kUnknown : Slope(&Point::validation);
  const double missing = Logit(kGrokkedAccuracy) - now.validation;
  const double decades = slope > 0 ? std::max(0.0, missing) / slope / std::log(10.0) : kMostDecades;
  const auto since = [](double value, const std::optional<double>& then) {
    return then ? value - *then : kUnknown;
  };
  for (const double value :
       {std::log10(step),
        Flag(memorised.has_value()),
        std::log10(step / memorised_step),
        std::log10(memorised_step),
        now.validation,
        Logit(best_validation_),
        slope,
        now.train_loss,
        now.validation_loss,
        now.validation_loss - LogLoss(worst_validation_loss_),
        Slope(&Point::validation_loss),
        Slope(&Point::train_loss),
        since(now.norm, first_norm_),
        Slope(&Point::norm),
        memorised ? since(now.norm, norm_when_memorised_) : 0.0,
        LogLoss(last_.gradient_norm),
        last_.activation_sparsity.value_or(kUnknown),
        values[2] + std::log10(step),
        std::min(decades, kMostDecades),
        half_way_step_
            ? std::log10(step / static_cast<double>(std::max<int64_t>(1, *half_way_step_)))
            : 0.0,
        Flag(half_way_step_.has_value())}) {
    values.push_back(value);
  }
  return values;
}

}  // namespace powerdown
