#include "client/chart/shape.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace powerdown {
namespace {

constexpr float kColumn = 1;  // pixels

class ShapeBuilder {
 public:
  ShapeBuilder(const Scale& x, const Scale& y) : x_(x), y_(y) {}

  void Add(const SeriesBucket& bucket, double first_x, double last_x) {
    const float left = x_.ToPixel(first_x);
    if (bucket.not_finite > 0) shape_.not_finite.push_back({left, y_.begin()});
    if (bucket.not_finite == bucket.points) return Break();
    shape_.points_per_column =
        std::max(shape_.points_per_column, static_cast<double>(bucket.points));
    if (!std::isfinite(bucket.first)) Break();
    const float right = bucket.points > 1 ? x_.ToPixel(last_x) : left;
    // Within one column of pixels a second point would not be seen, and costs as much as the first.
    const bool is_one_column =
        bucket.points > 1 && right - left < kColumn && bucket.not_finite == 0;
    if (std::isfinite(bucket.first) && !is_one_column) AddPoint(left, bucket.first);
    if (bucket.points > 1) {
      shape_.bars.push_back({left, y_.ToPixel(bucket.maximum), y_.ToPixel(bucket.minimum)});
      if (std::isfinite(bucket.last)) AddPoint(right, bucket.last);
    }
    if (!std::isfinite(bucket.last)) Break();
  }

  SeriesShape Take() { return std::move(shape_); }

 private:
  void AddPoint(float x, double value) {
    if (is_broken_) shape_.lines.emplace_back();
    is_broken_ = false;
    shape_.lines.back().push_back({x, y_.ToPixel(value)});
  }
  void Break() { is_broken_ = true; }

  const Scale& x_;
  const Scale& y_;
  SeriesShape shape_;
  bool is_broken_ = true;
};

}  // namespace

SeriesShape ShapeOf(const std::vector<SeriesColumn>& columns, const Scale& x, const Scale& y,
                    const std::function<double(double)>& place) {
  ShapeBuilder builder(x, y);
  for (const SeriesColumn& column : columns) {
    const SeriesBucket& bucket = column.bucket;
    if (place) {
      builder.Add(bucket, place(bucket.first_x), place(bucket.last_x));
    } else {
      builder.Add(bucket, bucket.first_x, bucket.last_x);
    }
  }
  return builder.Take();
}

Range ExtremesOf(const std::vector<SeriesColumn>& columns, Range otherwise) {
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = low;
  for (const SeriesColumn& column : columns) {
    low = std::fmin(low, column.bucket.minimum);
    high = std::fmax(high, column.bucket.maximum);
  }
  return std::isfinite(low) && std::isfinite(high) ? Range{low, high} : otherwise;
}

const SeriesColumn* NearestColumn(const std::vector<SeriesColumn>& columns, double step) {
  const SeriesColumn* nearest = nullptr;
  double distance = 0;
  for (const SeriesColumn& column : columns) {
    const double away = step < column.bucket.first_x  ? column.bucket.first_x - step
                        : step > column.bucket.last_x ? step - column.bucket.last_x
                                                      : 0;
    if (nearest == nullptr || away < distance) {
      nearest = &column;
      distance = away;
    }
  }
  return nearest;
}

}  // namespace powerdown
