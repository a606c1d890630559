#include "common/forecast/minimise.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <vector>

namespace powerdown {
namespace {

constexpr size_t kMemory = 12;
constexpr double kSufficientDecrease = 1e-4;
constexpr int kMostHalvings = 40;
// A step that lowers the value by less than this share of it only follows rounding errors. The
// "factr" of L-BFGS-B (Zhu, Byrd, Lu and Nocedal 1997) for extremely high accuracy.
constexpr double kRounding = 10 * std::numeric_limits<double>::epsilon();

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
  const auto is_flat = [&] { return gradient.lpNorm<Eigen::Infinity>() < tolerance; };
  for (int i = 0; i < most_steps && !minimum.has_converged && !is_flat(); ++i) {
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
    const double scale = std::max({1.0, std::abs(value), std::abs(minimum.value)});
    minimum.has_converged = minimum.value - value <= kRounding * scale;
    minimum.x = std::move(next);
    minimum.value = value;
    gradient = std::move(next_gradient);
  }
  minimum.has_converged = minimum.has_converged || is_flat();
  return minimum;
}

}  // namespace powerdown
