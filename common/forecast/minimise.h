// Minimises a smooth function: L-BFGS with a backtracking line search (Nocedal and Wright,
// Numerical Optimization, 2nd ed., algorithms 7.4 and 3.1). Pure and deterministic.
#pragma once

#include <Eigen/Core>
#include <functional>

namespace powerdown {

// Value at x; writes the gradient.
using SmoothFunction = std::function<double(const Eigen::VectorXd& x, Eigen::VectorXd& gradient)>;

struct Minimum {
  Eigen::VectorXd x;
  double value = 0;
  // The gradient's largest entry is below the tolerance, or rounding hides any further descent.
  bool has_converged = false;
};
Minimum Minimise(const SmoothFunction& function, Eigen::VectorXd start, int most_steps = 300,
                 double tolerance = 1e-6);

}  // namespace powerdown
