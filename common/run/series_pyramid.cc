#include "common/run/series_pyramid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace powerdown {
namespace {

constexpr size_t kRadix = 4;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// As fmin and fmax, which are calls into the C library: a NaN gives way to the other.
double Least(double a, double b) {
  return a <= b || std::isnan(b) ? a : b;
}
double Greatest(double a, double b) {
  return a >= b || std::isnan(b) ? a : b;
}

}  // namespace

SeriesBucket SeriesBucket::OfPoint(double x, double y) {
  const bool is_finite = std::isfinite(y);
  const double extreme = is_finite ? y : kNone;
  return {x, x, y, y, extreme, extreme, 1, is_finite ? 0 : 1};
}

void SeriesBucket::Merge(const SeriesBucket& later) {
  if (points == 0) {
    *this = later;
    return;
  }
  last_x = later.last_x;
  last = later.last;
  minimum = Least(minimum, later.minimum);
  maximum = Greatest(maximum, later.maximum);
  points += later.points;
  not_finite += later.not_finite;
}

void SeriesBucket::Merge(std::span<const double> x, std::span<const double> y) {
  if (x.empty()) return;
  double least = minimum;
  double greatest = maximum;
  int64_t skipped = 0;
  for (const double value : y) {
    if (!std::isfinite(value)) {
      ++skipped;
      continue;
    }
    least = least <= value ? least : value;
    greatest = greatest >= value ? greatest : value;
  }
  last_x = x.back();
  last = y.back();
  minimum = least;
  maximum = greatest;
  points += static_cast<int64_t>(y.size());
  not_finite += skipped;
}

void SeriesPyramid::Append(double x, double y) {
  AppendBucket(SeriesBucket::OfPoint(x, y));
}

void SeriesPyramid::Append(std::span<const double> x, std::span<const double> y) {
  while (!x.empty()) {
    const int64_t room = empty() ? 0 : points_per_bucket_ - levels_[0].back().points;
    const size_t count = std::min(static_cast<size_t>(std::max<int64_t>(room, 0)), x.size());
    if (count == 0) {
      Append(x[0], y[0]);
    } else {
      levels_[0].back().Merge(x.first(count), y.first(count));
      points_ += static_cast<int64_t>(count);
      ++version_;
      UpdateAbove(levels_[0].size() - 1);
    }
    const size_t taken = std::max<size_t>(count, 1);
    x = x.subspan(taken);
    y = y.subspan(taken);
  }
}

void SeriesPyramid::AppendBucket(const SeriesBucket& bucket) {
  if (levels_.empty()) levels_.emplace_back();
  std::vector<SeriesBucket>& finest = levels_[0];
  points_ += bucket.points;
  ++version_;
  if (!finest.empty() && finest.back().points + bucket.points <= points_per_bucket_) {
    finest.back().Merge(bucket);
  } else {
    finest.push_back(bucket);
  }
  if (finest.size() > most_buckets_) return MergePairs();
  UpdateAbove(finest.size() - 1);
}

void SeriesPyramid::UpdateAbove(size_t index) {
  // Only a whole group has a bucket above it: most points end none, and cost nothing more.
  for (size_t level = 0; (index + 1) % kRadix == 0; ++level) {
    if (levels_.size() == level + 1) levels_.emplace_back();
    const std::vector<SeriesBucket>& below = levels_[level];
    std::vector<SeriesBucket>& above = levels_[level + 1];
    index /= kRadix;
    SeriesBucket merged;
    for (size_t i = index * kRadix; i < (index + 1) * kRadix; ++i) merged.Merge(below[i]);
    above.resize(std::max(above.size(), index + 1));
    above[index] = merged;
  }
}

void SeriesPyramid::MergePairs() {
  std::vector<SeriesBucket>& finest = levels_[0];
  size_t kept = 0;
  for (size_t i = 0; i < finest.size(); i += 2) {
    SeriesBucket merged = finest[i];
    if (i + 1 < finest.size()) merged.Merge(finest[i + 1]);
    finest[kept++] = merged;
  }
  finest.resize(kept);
  points_per_bucket_ *= 2;
  RebuildAbove();
}

void SeriesPyramid::RebuildAbove() {
  levels_.resize(1);
  for (size_t level = 0; levels_[level].size() >= kRadix; ++level) {
    levels_.emplace_back(levels_[level].size() / kRadix);
    const std::vector<SeriesBucket>& below = levels_[level];
    std::vector<SeriesBucket>& above = levels_[level + 1];
    for (size_t i = 0; i < above.size() * kRadix; ++i) above[i / kRadix].Merge(below[i]);
  }
}

bool SeriesPyramid::SetFinest(std::vector<SeriesBucket> finest, int64_t points_per_bucket) {
  if (finest.size() > most_buckets_ || points_per_bucket < 1) return false;
  int64_t points = 0;
  double x = -std::numeric_limits<double>::infinity();
  for (const SeriesBucket& bucket : finest) {
    if (bucket.points < 1 || bucket.points > points_per_bucket) return false;
    if (!(bucket.first_x >= x) || !(bucket.last_x >= bucket.first_x)) return false;
    points += bucket.points;
    x = bucket.last_x;
  }
  Clear();
  points_ = points;
  points_per_bucket_ = points_per_bucket;
  levels_.push_back(std::move(finest));
  RebuildAbove();
  return true;
}

void SeriesPyramid::TruncateFrom(double x) {
  if (empty() || last_x() < x) return;
  std::vector<SeriesBucket>& finest = levels_[0];
  // A merged bucket that reaches beyond x goes as a whole.
  while (!finest.empty() && finest.back().last_x >= x) {
    points_ -= finest.back().points;
    finest.pop_back();
  }
  ++version_;
  RebuildAbove();
}

void SeriesPyramid::Clear() {
  levels_.clear();
  points_ = 0;
  points_per_bucket_ = 1;
  ++version_;
}

size_t SeriesPyramid::FirstAt(double x, size_t from) const {
  const std::vector<SeriesBucket>& finest = levels_[0];
  const auto found = std::lower_bound(
      finest.begin() + static_cast<std::ptrdiff_t>(from), finest.end(), x,
      [](const SeriesBucket& bucket, double wanted) { return bucket.first_x < wanted; });
  return static_cast<size_t>(found - finest.begin());
}

SeriesBucket SeriesPyramid::Combine(size_t from, size_t to) const {
  SeriesBucket all;
  while (from < to) {
    // The largest whole group that starts here and ends in time.
    size_t level = 0;
    size_t size = 1;
    while (level + 1 < levels_.size() && from % (size * kRadix) == 0 &&
           from + size * kRadix <= to) {
      size *= kRadix;
      ++level;
    }
    all.Merge(levels_[level][from / size]);
    from += size;
  }
  return all;
}

size_t SeriesPyramid::MergeUntil(double edge, size_t index, size_t end,
                                 SeriesBucket& bucket) const {
  const std::vector<SeriesBucket>& finest = levels_[0];
  bucket = finest[index++];  // whatever rounding makes of the edge
  while (index < end) {
    const bool is_group = index % kRadix == 0 && index + kRadix <= end;
    if (is_group && levels_[1][index / kRadix].last_x < edge) {
      bucket.Merge(levels_[1][index / kRadix]);
      index += kRadix;
    } else if (finest[index].first_x < edge) {
      bucket.Merge(finest[index++]);
    } else {
      break;
    }
  }
  return index;
}

std::vector<SeriesColumn> SeriesPyramid::Columns(double from, double to, int columns) const {
  std::vector<SeriesColumn> result;
  if (empty() || columns <= 0 || !(to > from)) return result;
  const double width = (to - from) / columns;
  const size_t end = FirstAt(std::nextafter(to, std::numeric_limits<double>::infinity()), 0);
  size_t index = FirstAt(from, 0);
  result.reserve(std::min(static_cast<size_t>(columns), end - index));
  while (index < end) {
    const double x = levels_[0][index].first_x;
    const int column = std::clamp(static_cast<int>((x - from) / width), 0, columns - 1);
    const double edge = column == columns - 1 ? std::numeric_limits<double>::infinity()
                                              : from + (column + 1) * width;
    SeriesColumn& added = result.emplace_back();
    added.column = column;
    index = MergeUntil(edge, index, end, added.bucket);
  }
  return result;
}

SeriesBucket SeriesPyramid::Total(double from, double to) const {
  if (empty() || !(to >= from)) return {};
  const size_t begin = FirstAt(from, 0);
  return Combine(begin,
                 FirstAt(std::nextafter(to, std::numeric_limits<double>::infinity()), begin));
}

double SeriesPyramid::At(double x) const {
  if (empty()) return kNone;
  const std::vector<SeriesBucket>& finest = levels_[0];
  const size_t index = FirstAt(x, 0);
  if (index < finest.size() && (index == 0 || finest[index].first_x == x)) {
    return finest[index].first;
  }
  const SeriesBucket& before = finest[index - 1];
  if (x <= before.last_x) {  // within a merged bucket
    const double width = before.last_x - before.first_x;
    if (width <= 0) return before.last;
    return before.first + (before.last - before.first) * ((x - before.first_x) / width);
  }
  if (index == finest.size()) return before.last;
  const SeriesBucket& after = finest[index];
  const double share = (x - before.last_x) / (after.first_x - before.last_x);
  return before.last + (after.first - before.last) * share;
}

std::vector<SeriesBucket> SeriesPyramid::Buckets(double from, double to) const {
  if (empty() || !(to >= from)) return {};
  const std::vector<SeriesBucket>& finest = levels_[0];
  size_t begin = FirstAt(from, 0);
  if (begin > 0 && finest[begin - 1].last_x >= from) --begin;
  const size_t end = FirstAt(std::nextafter(to, std::numeric_limits<double>::infinity()), begin);
  return {finest.begin() + static_cast<std::ptrdiff_t>(begin),
          finest.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace powerdown
