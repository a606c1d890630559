#include "common/run/series_pyramid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace powerdown {
namespace {

using ::testing::DoubleEq;
using ::testing::NanSensitiveDoubleEq;

struct Point {
  double x = 0;
  double y = 0;
};

// Steps of one to seven with values that are now and then not finite.
std::vector<Point> Points(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Point> points;
  double x = 0;
  for (size_t i = 0; i < count; ++i) {
    x += 1 + static_cast<double>(random() % 7);
    const bool is_finite = random() % 50 != 0;
    points.push_back({x, is_finite ? static_cast<double>(random() % 1000)
                                   : std::numeric_limits<double>::quiet_NaN()});
  }
  return points;
}

SeriesPyramid PyramidOf(const std::vector<Point>& points) {
  SeriesPyramid pyramid;
  for (const Point& point : points) pyramid.Append(point.x, point.y);
  return pyramid;
}

// What Columns promises, the slow way.
std::vector<SeriesColumn> SlowColumns(const std::vector<Point>& points, double from, double to,
                                      int columns) {
  std::vector<SeriesColumn> result;
  for (const Point& point : points) {
    if (point.x < from || point.x > to) continue;
    const int column =
        std::min(static_cast<int>((point.x - from) / ((to - from) / columns)), columns - 1);
    if (result.empty() || result.back().column != column) result.push_back({column, {}});
    result.back().bucket.Merge(SeriesBucket::OfPoint(point.x, point.y));
  }
  return result;
}

void ExpectSame(const SeriesBucket& one, const SeriesBucket& other) {
  EXPECT_EQ(one.points, other.points);
  EXPECT_EQ(one.not_finite, other.not_finite);
  EXPECT_THAT(one.first_x, DoubleEq(other.first_x));
  EXPECT_THAT(one.last_x, DoubleEq(other.last_x));
  EXPECT_THAT(one.minimum, NanSensitiveDoubleEq(other.minimum));
  EXPECT_THAT(one.maximum, NanSensitiveDoubleEq(other.maximum));
}

TEST(SeriesPyramidTest, ColumnsAreThoseOfEveryPointLookedAt) {
  std::mt19937 random(7);
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::vector<Point> points = Points(1 + seed * 211, seed);
    const SeriesPyramid pyramid = PyramidOf(points);
    // Whole numbers, and widths that are powers of two: no edge is a matter of rounding.
    const double from = static_cast<double>(random() % 500);
    const int columns = 1 << (random() % 9);
    const double to = from + columns * static_cast<double>(1 << (random() % 7));
    const auto expected = SlowColumns(points, from, to, columns);
    const auto got = pyramid.Columns(from, to, columns);
    ASSERT_EQ(got.size(), expected.size()) << seed;
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].column, expected[i].column);
      ExpectSame(got[i].bucket, expected[i].bucket);
    }
  }
}

TEST(SeriesPyramidTest, PointsTogetherAreAsPointsOneByOne) {
  std::mt19937 random(11);
  for (unsigned seed = 0; seed < 40; ++seed) {
    const std::vector<Point> points = Points(1 + seed * 97, seed);
    SeriesPyramid one_by_one(64);  // merges pairs again and again
    for (const Point& point : points) one_by_one.Append(point.x, point.y);
    SeriesPyramid together(64);
    std::vector<double> x;
    std::vector<double> y;
    for (size_t i = 0; i < points.size(); ++i) {
      x.push_back(points[i].x);
      y.push_back(points[i].y);
      if (random() % 50 != 0 && i + 1 < points.size()) continue;
      together.Append(x, y);
      x.clear();
      y.clear();
    }
    EXPECT_EQ(together.points(), one_by_one.points());
    EXPECT_EQ(together.points_per_bucket(), one_by_one.points_per_bucket());
    ASSERT_EQ(together.finest().size(), one_by_one.finest().size());
    for (size_t i = 0; i < together.finest().size(); ++i) {
      ExpectSame(together.finest()[i], one_by_one.finest()[i]);
    }
    for (const double from : {0.0, 100.0, 333.0}) {
      ExpectSame(together.Total(from, 5000), one_by_one.Total(from, 5000));
    }
  }
}

TEST(SeriesPyramidTest, NoSpikeOfALongSeriesIsLost) {
  SeriesPyramid pyramid;
  constexpr int kPoints = 1'000'000;
  for (int i = 0; i < kPoints; ++i) pyramid.Append(i, i == 654'321 ? 9.0 : 0.5);
  EXPECT_EQ(pyramid.points(), kPoints);
  EXPECT_GT(pyramid.points_per_bucket(), 1);
  int columns_with_spike = 0;
  int64_t points = 0;
  for (const SeriesColumn& column : pyramid.Columns(0, kPoints - 1, 1000)) {
    columns_with_spike += column.bucket.maximum == 9.0;
    points += column.bucket.points;
  }
  EXPECT_EQ(columns_with_spike, 1);
  EXPECT_EQ(points, kPoints);
}

TEST(SeriesPyramidTest, ValueBetweenPointsIsInProportion) {
  SeriesPyramid pyramid;
  EXPECT_TRUE(std::isnan(pyramid.At(1)));
  pyramid.Append(10, 1);
  pyramid.Append(20, 4);
  pyramid.Append(40, 0);
  EXPECT_EQ(pyramid.At(5), 1);
  EXPECT_EQ(pyramid.At(10), 1);
  EXPECT_EQ(pyramid.At(15), 2.5);
  EXPECT_EQ(pyramid.At(20), 4);
  EXPECT_EQ(pyramid.At(35), 1);
  EXPECT_EQ(pyramid.At(50), 0);
  EXPECT_EQ(pyramid.last(), 0);
}

TEST(SeriesPyramidTest, ValueOfALineStaysOnItWhenPairsAreMerged) {
  SeriesPyramid pyramid(64);
  for (int i = 0; i < 1001; ++i) pyramid.Append(i, 2.0 * i);
  EXPECT_GT(pyramid.points_per_bucket(), 1);
  EXPECT_EQ(pyramid.last(), 2000);
  for (double x = 0; x <= 1000; x += 7.25) EXPECT_NEAR(pyramid.At(x), 2 * x, 1e-9) << x;
}

TEST(SeriesPyramidTest, WhatIsForgottenComesBackTheSame) {
  const std::vector<Point> points = Points(2000, 5);
  SeriesPyramid pyramid = PyramidOf(points);
  const SeriesBucket whole = pyramid.Total(0, 1e9);
  pyramid.TruncateFrom(points[1200].x);
  EXPECT_EQ(pyramid.points(), 1200);
  for (size_t i = 1200; i < points.size(); ++i) pyramid.Append(points[i].x, points[i].y);
  const SeriesBucket again = pyramid.Total(0, 1e9);
  EXPECT_EQ(again.points, whole.points);
  EXPECT_EQ(again.minimum, whole.minimum);
  EXPECT_EQ(again.maximum, whole.maximum);
  EXPECT_EQ(again.not_finite, whole.not_finite);
}

}  // namespace
}  // namespace powerdown
