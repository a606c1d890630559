#include "common/forecast/minimise.h"

#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

// Rosenbrock's valley, whose bottom is at (1, 1).
double Valley(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  const double a = 1 - x[0];
  const double b = x[1] - x[0] * x[0];
  gradient[0] = -2 * a - 400 * x[0] * b;
  gradient[1] = 200 * b;
  return a * a + 100 * b * b;
}

TEST(MinimiseTest, FindsTheBottomOfRosenbrocksValley) {
  const Minimum minimum = Minimise(Valley, Eigen::Vector2d(-1.2, 1));
  EXPECT_TRUE(minimum.has_converged);
  EXPECT_NEAR(minimum.x[0], 1, 1e-5);
  EXPECT_NEAR(minimum.x[1], 1, 1e-5);
}

// A sum of many rows is large and its gradient is rounded, so that the gradient never gets as small
// as the tolerance. The line search would halve its steps hundreds of times for nothing.
TEST(MinimiseTest, EndsWhereRoundingHidesTheDescent) {
  int evaluations = 0;
  const auto rounded = [&](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    ++evaluations;
    const double value = 1e6 + Valley(x, gradient);
    gradient[0] += 1e-4 * std::sin(1e9 * x[0]);
    return value;
  };
  const Minimum minimum = Minimise(rounded, Eigen::Vector2d(-1.2, 1));
  EXPECT_TRUE(minimum.has_converged);
  EXPECT_NEAR(minimum.x[0], 1, 1e-3);
  EXPECT_NEAR(minimum.x[1], 1, 1e-3);
  EXPECT_LT(evaluations, 100);
}

TEST(MinimiseTest, SaysWhenItRanOutOfSteps) {
  const auto bowl = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    gradient = 2 * x;
    gradient[0] *= 1000;
    return 1000 * x[0] * x[0] + x[1] * x[1];
  };
  EXPECT_FALSE(Minimise(bowl, Eigen::Vector2d(3, 4), /*most_steps=*/1).has_converged);
}

}  // namespace
}  // namespace powerdown
