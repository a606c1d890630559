#include "common/base/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

TEST(StatisticsTest, MedianAndMeanOfNothingAreNotKnown) {
  EXPECT_TRUE(std::isnan(Median({})));
  EXPECT_TRUE(std::isnan(Mean({})));
  EXPECT_DOUBLE_EQ(Median({3, 1, 2}), 2);
}

TEST(ConcordanceTest, CountsPairsInTheRightOrder) {
  EXPECT_DOUBLE_EQ(Concordance({{1, 10, true}, {2, 20, true}, {3, 30, true}}), 1);
  EXPECT_DOUBLE_EQ(Concordance({{3, 10, true}, {2, 20, true}, {1, 30, true}}), 0);
  EXPECT_DOUBLE_EQ(Concordance({{1, 10, true}, {1, 20, true}}), 0.5);
}

TEST(ConcordanceTest, UsesCensoredTimesOnlyWhereTheOrderIsKnown) {
  // The second was watched up to 20 without the event: later than 10, but perhaps before 30.
  EXPECT_DOUBLE_EQ(Concordance({{1, 10, true}, {5, 20, false}, {3, 30, true}}), 1);
  EXPECT_TRUE(std::isnan(Concordance({{1, 10, false}, {2, 20, false}})));
}

TEST(AreaUnderCurveTest, IsOneWhereScoresTellOutcomesApart) {
  EXPECT_DOUBLE_EQ(AreaUnderCurve({{0.9, true}, {0.8, true}, {0.1, false}}), 1);
  EXPECT_DOUBLE_EQ(AreaUnderCurve({{0.5, true}, {0.5, false}}), 0.5);
  EXPECT_TRUE(std::isnan(AreaUnderCurve({{0.5, true}})));
}

TEST(BootstrapErrorTest, IsNearTheStandardErrorOfAMean) {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(i % 2);
  const auto mean = [&](const std::vector<size_t>& drawn) {
    double sum = 0;
    for (const size_t index : drawn) sum += values[index];
    return sum / static_cast<double>(drawn.size());
  };
  const double error = BootstrapError(values.size(), mean);
  EXPECT_NEAR(error, 0.025, 0.005);
  EXPECT_DOUBLE_EQ(error, BootstrapError(values.size(), mean));
}

TEST(QuantileTest, LiesBetweenTheTwoValuesAroundIt) {
  EXPECT_DOUBLE_EQ(Quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(Quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_DOUBLE_EQ(Quantile({7}, 0.25), 7);
}

TEST(UpperMedianTest, IsOneOfTheValues) {
  EXPECT_EQ(UpperMedian<double>({3, 1, 2}), 2);
  EXPECT_EQ(UpperMedian<double>({4, 1, 3, 2}), 3);
  EXPECT_EQ(UpperMedian<double>({7}), 7);
}

}  // namespace
}  // namespace powerdown
