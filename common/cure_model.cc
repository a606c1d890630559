#include "common/cure_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/minimise.h"

namespace powerdown {
namespace {

constexpr double kLeast = 1e-300;

double NormalDensity(double z) {
  return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
}

double Logistic(double value) {
  return 1 / (1 + std::exp(-value));
}

// Layout of the parameters: b, β, ln σ, a, γ.
class Likelihood {
 public:
  Likelihood(const std::vector<CureRow>& rows, const CurePenalty& penalty)
      : rows_(rows), penalty_(penalty), features_(rows.front().features.size()) {}

  Eigen::Index size() const { return 2 * features_ + 3; }
  Eigen::Index spread_at() const { return features_ + 1; }
  Eigen::Index share_at() const { return features_ + 2; }

  // The negative logarithm of the likelihood, with the penalty.
  double operator()(const Eigen::VectorXd& parameters, Eigen::VectorXd& gradient) const {
    const auto beta = parameters.segment(1, features_);
    const auto gamma = parameters.segment(share_at() + 1, features_);
    gradient.setZero();
    double value =
        penalty_.time * beta.squaredNorm() / 2 + penalty_.share * gamma.squaredNorm() / 2;
    gradient.segment(1, features_) = penalty_.time * beta;
    gradient.segment(share_at() + 1, features_) = penalty_.share * gamma;
    for (const CureRow& row : rows_) value += Add(row, parameters, gradient);
    return value;
  }

  CureModel Model(const Eigen::VectorXd& parameters) const {
    CureModel model;
    model.time_intercept = parameters[0];
    model.time_weights = parameters.segment(1, features_);
    model.log_spread = parameters[spread_at()];
    model.share_intercept = parameters[share_at()];
    model.share_weights = parameters.segment(share_at() + 1, features_);
    return model;
  }

 private:
  double Add(const CureRow& row, const Eigen::VectorXd& parameters,
             Eigen::VectorXd& gradient) const {
    const double mean = parameters[0] + parameters.segment(1, features_).dot(row.features);
    const double spread = std::exp(parameters[spread_at()]);
    const double score =
        parameters[share_at()] + parameters.segment(share_at() + 1, features_).dot(row.features);
    const double share = Logistic(score);
    const double z = (row.log_time - mean) / spread;
    double loss = 0;
    double by_mean = 0;    // derivatives of the loss
    double by_spread = 0;  // … by ln σ
    double by_score = 0;
    if (row.is_event) {
      loss = std::log1p(std::exp(-score)) + z * z / 2 + parameters[spread_at()];
      by_mean = -z / spread;
      by_spread = 1 - z * z;
      by_score = share - 1;
    } else {
      const double survival = NormalBelow(-z);
      const double alive = std::max(kLeast, 1 - share + share * survival);
      const double density = NormalDensity(z);
      loss = -std::log(alive);
      by_mean = -share * density / spread / alive;
      by_spread = -share * density * z / alive;
      by_score = share * (1 - share) * (1 - survival) / alive;
    }
    gradient[0] += row.weight * by_mean;
    gradient.segment(1, features_) += row.weight * by_mean * row.features;
    gradient[spread_at()] += row.weight * by_spread;
    gradient[share_at()] += row.weight * by_score;
    gradient.segment(share_at() + 1, features_) += row.weight * by_score * row.features;
    return row.weight * loss;
  }

  const std::vector<CureRow>& rows_;
  const CurePenalty penalty_;
  const Eigen::Index features_;
};

}  // namespace

double NormalBelow(double z) {
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

double CureModel::Share(const Eigen::VectorXd& x) const {
  return Logistic(share_intercept + share_weights.dot(x));
}

double CureModel::ProbabilityBy(const Eigen::VectorXd& x, double log_time) const {
  return Share(x) * NormalBelow((log_time - LogTime(x)) / std::exp(log_spread));
}

CureModel FitCure(const std::vector<CureRow>& rows, const CurePenalty& penalty) {
  const Likelihood likelihood(rows, penalty);
  Eigen::VectorXd start = Eigen::VectorXd::Zero(likelihood.size());
  double events = 0;
  double time = 0;
  for (const CureRow& row : rows) {
    if (!row.is_event) continue;
    events += row.weight;
    time += row.weight * row.log_time;
  }
  start[0] = events > 0 ? time / events : 0;
  return likelihood.Model(Minimise(likelihood, start).x);
}

}  // namespace powerdown
