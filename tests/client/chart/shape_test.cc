#include "client/chart/shape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace powerdown {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<SeriesColumn> ColumnsOf(const std::vector<std::pair<double, double>>& points) {
  SeriesPyramid pyramid;
  for (const auto& [x, y] : points) pyramid.Append(x, y);
  return pyramid.Columns(0, 100, 100);
}

TEST(ShapeTest, TheNearestColumnIsTheOneUnderTheCursorOrBesideIt) {
  const auto columns = ColumnsOf({{10, 1}, {20, 2}, {40, 3}});
  const auto nearest = [&](double step) { return NearestColumn(columns, step)->bucket.first_x; };
  EXPECT_EQ(nearest(-5), 10);
  EXPECT_EQ(nearest(10), 10);
  EXPECT_EQ(nearest(14), 10);
  EXPECT_EQ(nearest(16), 20);
  EXPECT_EQ(nearest(29), 20);
  EXPECT_EQ(nearest(31), 40);
  EXPECT_EQ(nearest(99), 40);
  EXPECT_EQ(NearestColumn({}, 3), nullptr);
}

TEST(ShapeTest, ExtremesAreOfFiniteValues) {
  EXPECT_EQ(ExtremesOf(ColumnsOf({{1, kNan}, {2, 5}, {3, -2}, {4, kNan}}), {0, 1}), (Range{-2, 5}));
  EXPECT_EQ(ExtremesOf(ColumnsOf({{1, kNan}}), {0, 1}), (Range{0, 1}));
}

TEST(ShapeTest, ALineBreaksWhereAValueIsNotFiniteAndMarksIt) {
  const Scale x({0, 100}, 0, 1000);
  const Scale y({0, 10}, 100, 0);
  const SeriesShape shape =
      ShapeOf(ColumnsOf({{1, 1}, {2, 2}, {3, kNan}, {4, 3}, {5, 4}}), x, y, {});
  ASSERT_EQ(shape.lines.size(), 2u);
  EXPECT_EQ(shape.lines[0].size(), 2u);
  EXPECT_EQ(shape.lines[1].size(), 2u);
  ASSERT_EQ(shape.not_finite.size(), 1u);
  EXPECT_FLOAT_EQ(shape.not_finite[0].x, 30);
  EXPECT_FLOAT_EQ(shape.lines[0][0].y, 90);
}

}  // namespace
}  // namespace powerdown
