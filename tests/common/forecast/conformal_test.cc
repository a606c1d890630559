#include "common/forecast/conformal.h"

#include <gtest/gtest.h>

#include <random>

namespace powerdown {
namespace {

std::vector<Residual> Drawn(Stage stage, int count, double spread, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0.1, spread);
  std::vector<Residual> residuals;
  for (int i = 0; i < count; ++i) residuals.push_back({stage, normal(random)});
  return residuals;
}

double Coverage(const ResidualBand& band, const std::vector<Residual>& residuals) {
  double covered = 0;
  for (const Residual& residual : residuals) {
    covered += residual.decades >= band.low && residual.decades <= band.high ? 1 : 0;
  }
  return covered / static_cast<double>(residuals.size());
}

TEST(ConformalBandsTest, CoverNewResidualsAsOftenAsTheySay) {
  const ConformalBands bands(Drawn(Stage::kFlat, 5000, 0.2, 1));
  const std::vector<Residual> fresh = Drawn(Stage::kFlat, 5000, 0.2, 2);
  for (size_t i = 0; i < kConfidences.size(); ++i) {
    EXPECT_NEAR(Coverage(bands.Band(Stage::kFlat, i), fresh), kConfidences[i], 0.03);
  }
}

TEST(ConformalBandsTest, AreApartForEachStage) {
  std::vector<Residual> residuals = Drawn(Stage::kEarly, 100, 0.5, 1);
  const std::vector<Residual> late = Drawn(Stage::kRising, 100, 0.05, 2);
  residuals.insert(residuals.end(), late.begin(), late.end());
  const ConformalBands bands(residuals);
  const ResidualBand early = bands.Band(Stage::kEarly, 1);
  const ResidualBand rising = bands.Band(Stage::kRising, 1);
  EXPECT_GT(early.high - early.low, 5 * (rising.high - rising.low));
}

TEST(ConformalBandsTest, StageWithFewResidualsBorrowsFromAll) {
  std::vector<Residual> residuals = Drawn(Stage::kFlat, 100, 0.2, 1);
  residuals.push_back({Stage::kBefore, 9});
  const ConformalBands bands(residuals);
  EXPECT_LT(bands.Band(Stage::kBefore, 1).high, 1);
  EXPECT_GT(bands.Band(Stage::kBefore, 1).high, bands.Band(Stage::kBefore, 0).high);
}

}  // namespace
}  // namespace powerdown
