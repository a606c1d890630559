#include "server/meter/calibration.h"

#include <gtest/gtest.h>

#include <random>

namespace powerdown {
namespace {

CalibrationPoint Point(double sensor, double plug) {
  return {Watts(sensor), Watts(plug), absl::UnixEpoch()};
}

TEST(CalibrationTest, RecoversGainAndOffsetOfANoisySensor) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, 0.3);
  std::vector<CalibrationPoint> points;
  // The sensor reads 0.90 of the truth and 8 W too much.
  for (const double truth : {20.0, 60.0, 100.0, 140.0, 180.0, 220.0}) {
    points.push_back(Point(0.90 * truth + 8 + noise(random), truth));
  }
  const CalibrationFit fit = FitCalibration(points);
  ASSERT_TRUE(fit.is_usable);
  EXPECT_NEAR(fit.calibration.gain, 1 / 0.90, 0.01);
  EXPECT_NEAR(fit.calibration.offset.value(), -8 / 0.90, 1);
  EXPECT_NEAR(fit.calibration.relative_band, 0.03, 1e-9);
  EXPECT_EQ(fit.advice, "");
}

TEST(CalibrationTest, OneLevelOrLevelsTooCloseAreNotUsed) {
  EXPECT_FALSE(FitCalibration({}).is_usable);
  EXPECT_FALSE(FitCalibration({Point(50, 60)}).is_usable);
  EXPECT_FALSE(FitCalibration({Point(50, 60), Point(51, 62)}).is_usable);
  EXPECT_NE(FitCalibration({Point(50, 60)}).advice, "");
}

TEST(CalibrationTest, FewOrScatteredLevelsAreTrustedLess) {
  EXPECT_NEAR(FitCalibration({Point(50, 60), Point(150, 170)}).calibration.relative_band, 0.05,
              1e-9);
  const CalibrationFit scattered = FitCalibration(
      {Point(50, 60), Point(80, 120), Point(100, 90), Point(150, 200), Point(200, 190)});
  EXPECT_GT(scattered.calibration.relative_band, 0.2);
}

TEST(CalibrationTest, APlugThatFallsWithTheLoadIsRefused) {
  EXPECT_FALSE(FitCalibration({Point(50, 170), Point(150, 60)}).is_usable);
}

}  // namespace
}  // namespace powerdown
