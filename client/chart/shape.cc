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
  SeriesBucket all;
  for (const SeriesColumn& column : columns) all.Merge(column.bucket);
  return all.points > all.not_finite ? Range{all.minimum, all.maximum} : otherwise;
}

const SeriesColumn* NearestColumn(const std::vector<SeriesColumn>& columns, double step) {
  if (columns.empty()) return nullptr;
  const auto after =
      std::partition_point(columns.begin(), columns.end(),
                           [&](const SeriesColumn& column) { return column.bucket.last_x < step; });
  if (after == columns.end()) return &columns.back();
  if (after == columns.begin() || after->bucket.first_x <= step) return &*after;
  const auto before = std::prev(after);
  return step - before->bucket.last_x <= after->bucket.first_x - step ? &*before : &*after;
}

}  // namespace powerdown
