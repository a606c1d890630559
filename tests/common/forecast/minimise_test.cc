#include "common/forecast/minimise.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(MinimiseTest, FindsTheBottomOfRosenbrocksValley) {
  const auto valley = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    const double a = 1 - x[0];
    const double b = x[1] - x[0] * x[0];
    gradient[0] = -2 * a - 400 * x[0] * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
  };
  const Minimum minimum = Minimise(valley, Eigen::Vector2d(-1.2, 1));
  EXPECT_TRUE(minimum.has_converged);
  EXPECT_NEAR(minimum.x[0], 1, 1e-5);
  EXPECT_NEAR(minimum.x[1], 1, 1e-5);
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
