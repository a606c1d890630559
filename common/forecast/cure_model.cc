#include "common/forecast/cure_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/forecast/minimise.h"

namespace powerdown {
namespace {

constexpr double kLeast = 1e-300;

double Logistic(double value) {
  return 1 / (1 + std::exp(-value));
}

// ln(1 + exp(value)): minus the logarithm of the logistic distribution's survival function.
double SoftPlus(double value) {
  return std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value)));
}

// The probability of lasting beyond `z`, given that of lasting beyond `entry`.
double Survival(double z, double entry) {
  return std::exp(SoftPlus(entry) - SoftPlus(z));
}

// Layout of the parameters: b, β, ln σ, a, γ.
class Likelihood {
 public:
  Likelihood(const std::vector<CureRow>& rows, const CurePenalty& penalty)
      : rows_(rows), penalty_(penalty), features_(rows.front().features.size()) {}

  Eigen::Index size() const { return 2 * features_ + 3; }
  Eigen::Index spread_at() const { return features_ + 1; }
  Eigen::Index share_at() const { return features_ + 2; }

  // Negative log-likelihood plus penalty.
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
    const double entry = (row.log_entry - mean) / spread;
    const double below = Logistic(z);
    const double below_entry = Logistic(entry);
    const double entry_part = below_entry > 0 ? below_entry * entry : 0;
    double loss = 0;
    double by_mean = 0;    // derivatives of the loss
    double by_spread = 0;  // … by ln σ
    double by_score = 0;
    if (row.is_event) {
      loss = SoftPlus(-score) - z + 2 * SoftPlus(z) + parameters[spread_at()] - SoftPlus(entry);
      by_mean = (1 - 2 * below + below_entry) / spread;
      by_spread = 1 + z * (1 - 2 * below) + entry_part;
      by_score = share - 1;
    } else {
      const double survival = Survival(z, entry);
      const double alive = std::max(kLeast, 1 - share + share * survival);
      loss = -std::log(alive);
      by_mean = share * survival / alive / spread * (below_entry - below);
      by_spread = share * survival / alive * (entry_part - below * z);
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

double CureModel::LogTime(const Eigen::VectorXd& x, double log_entry, double log_end) const {
  const double median = time_intercept + time_weights.dot(x);
  const double spread = std::exp(log_spread);
  const double entry = (log_entry - median) / spread;
  const double rest = Survival((log_end - median) / spread, entry);
  // Half-way down from what was left at entry: 2 (1 + e^entry) = (1 + rest) (1 + e^z).
  const double z = SoftPlus(entry + std::numbers::ln2 - std::log1p(-rest)) + std::log1p(-rest) -
                   std::log1p(rest);
  return rest < 1 ? std::min(log_end, median + spread * z) : log_end;
}

double CureModel::Share(const Eigen::VectorXd& x) const {
  return Logistic(share_intercept + share_weights.dot(x));
}

double CureModel::ProbabilityBy(const Eigen::VectorXd& x, double log_time, double log_entry) const {
  const double median = time_intercept + time_weights.dot(x);
  const double spread = std::exp(log_spread);
  return Share(x) * (1 - Survival((log_time - median) / spread, (log_entry - median) / spread));
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
