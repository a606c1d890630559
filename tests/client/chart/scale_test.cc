#include "client/chart/scale.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(ScaleTest, PixelsAndValuesAreEachOthersInverse) {
  for (const bool is_log : {false, true}) {
    const Scale scale({0.01, 1000}, 40, 840, is_log);
    EXPECT_FLOAT_EQ(scale.ToPixel(0.01), 40);
    EXPECT_FLOAT_EQ(scale.ToPixel(1000), 840);
    for (const double value : {0.01, 0.5, 7.0, 999.0}) {
      EXPECT_NEAR(scale.ToValue(scale.ToPixel(value)) / value, 1, 0.01) << value;
    }
  }
}

TEST(ScaleTest, UpwardsIsTheOtherWayRound) {
  const Scale scale({0, 1}, 500, 100);
  EXPECT_FLOAT_EQ(scale.ToPixel(0), 500);
  EXPECT_FLOAT_EQ(scale.ToPixel(0.25), 400);
  EXPECT_DOUBLE_EQ(scale.ToValue(100), 1);
}

TEST(ScaleTest, ALogAxisShowsWhatIsNotPositiveAtItsLowerEnd) {
  const Scale scale({0.001, 1}, 0, 300, true);
  EXPECT_FLOAT_EQ(scale.ToPixel(0), 0);
  EXPECT_FLOAT_EQ(scale.ToPixel(-5), 0);
  EXPECT_FLOAT_EQ(scale.ToPixel(0.01), 100);
}

}  // namespace
}  // namespace powerdown
