#include "common/forecast/minimise.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

namespace powerdown {
namespace {

constexpr size_t kMemory = 12;
constexpr double kSufficientDecrease = 1e-4;
constexpr int kMostHalvings = 40;

struct Pair {
  Eigen::VectorXd step;
  Eigen::VectorXd change;  // of the gradient
  double inverse = 0;      // 1 / (step · change)
};

// Algorithm 7.4: the inverse Hessian's estimate, applied to the gradient.
Eigen::VectorXd Direction(const std::deque<Pair>& pairs, const Eigen::VectorXd& gradient) {
  Eigen::VectorXd direction = -gradient;
  std::vector<double> shares(pairs.size());
  for (size_t i = pairs.size(); i-- > 0;) {
    shares[i] = pairs[i].inverse * pairs[i].step.dot(direction);
    direction -= shares[i] * pairs[i].change;
  }
  if (!pairs.empty()) {
    const Pair& last = pairs.back();
    direction *= last.step.dot(last.change) / last.change.squaredNorm();
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    const double other = pairs[i].inverse * pairs[i].change.dot(direction);
    direction += (shares[i] - other) * pairs[i].step;
  }
  return direction;
}

}  // namespace

Minimum Minimise(const SmoothFunction& function, Eigen::VectorXd start, int most_steps,
                 double tolerance) {
  Minimum minimum;
  minimum.x = std::move(start);
  Eigen::VectorXd gradient(minimum.x.size());
  minimum.value = function(minimum.x, gradient);
  std::deque<Pair> pairs;
  for (int i = 0; i < most_steps; ++i) {
    if (gradient.lpNorm<Eigen::Infinity>() < tolerance) break;
    Eigen::VectorXd direction = Direction(pairs, gradient);
    if (!(direction.dot(gradient) < 0)) {
      pairs.clear();
      direction = -gradient;
    }
    const double slope = direction.dot(gradient);
    double length = pairs.empty() ? std::min(1.0, 1 / gradient.norm()) : 1.0;
    Eigen::VectorXd next_gradient(gradient.size());
    Eigen::VectorXd next;
    double value = 0;
    int halvings = 0;
    for (; halvings < kMostHalvings; ++halvings, length /= 2) {
      next = minimum.x + length * direction;
      value = function(next, next_gradient);
      if (value <= minimum.value + kSufficientDecrease * length * slope) break;
    }
    if (halvings == kMostHalvings) break;
    Pair pair{next - minimum.x, next_gradient - gradient};
    const double curvature = pair.step.dot(pair.change);
    if (curvature > 1e-12) {
      pair.inverse = 1 / curvature;
      pairs.push_back(std::move(pair));
      if (pairs.size() > kMemory) pairs.pop_front();
    }
    minimum.x = std::move(next);
    minimum.value = value;
    gradient = std::move(next_gradient);
  }
  minimum.has_converged = gradient.lpNorm<Eigen::Infinity>() < tolerance;
  return minimum;
}

}  // namespace powerdown
