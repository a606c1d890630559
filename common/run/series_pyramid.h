// A long series of (x, y) that any zoom is drawn from: groups of four points, groups of four
// groups, and so on, each with its exact extremes, so that no one-step spike is ever lost.
//
// Not thread-safe. Appending costs O(1) amortised, Columns O(columns + finest buckets / 4). Beyond
// `most_buckets` the finest level merges pairs: memory stays bounded, extremes stay exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace powerdown {

// What a stretch of consecutive points has in common. Extremes are over finite values and NaN where
// there is none.
struct SeriesBucket {
  double first_x = 0;
  double last_x = 0;
  double first = 0;  // value of the first point; may be NaN or infinite
  double last = 0;
  double minimum = 0;
  double maximum = 0;
  int64_t points = 0;
  int64_t not_finite = 0;  // how many of them are NaN or infinite

  static SeriesBucket OfPoint(double x, double y);
  // `later` covers the points right after this one's.
  void Merge(const SeriesBucket& later);
  // The same of points that follow, one after another.
  void Merge(std::span<const double> x, std::span<const double> y);
};

// The points of one column of pixels.
struct SeriesColumn {
  int column = 0;
  SeriesBucket bucket;
};

class SeriesPyramid {
 public:
  static constexpr size_t kMostBuckets = 16384;
  explicit SeriesPyramid(size_t most_buckets = kMostBuckets) : most_buckets_(most_buckets) {}

  void Append(double x, double y);  // x does not fall
  // Point after point, as many of `x` as of `y`; fast.
  void Append(std::span<const double> x, std::span<const double> y);
  void AppendBucket(const SeriesBucket& bucket);  // of what another pyramid holds
  void TruncateFrom(double x);                    // forgets the points from x on
  void Clear();
  // What another pyramid had, to go on from. False, and nothing changes, if no pyramid has these.
  bool SetFinest(std::vector<SeriesBucket> finest, int64_t points_per_bucket);

  // Every non-empty one of `columns` equal columns of [from, to], ascending. A point is in the
  // column of its x; a merged bucket in that of its first x.
  std::vector<SeriesColumn> Columns(double from, double to, int columns) const;
  // All points with from ≤ x ≤ to as one bucket; points == 0 if there are none.
  SeriesBucket Total(double from, double to) const;
  // The value at x: between points in proportion, before the first and after the last as theirs.
  // NaN if there is none.
  double At(double x) const;
  // The finest buckets that touch [from, to].
  std::vector<SeriesBucket> Buckets(double from, double to) const;

  // All of the finest level.
  const std::vector<SeriesBucket>& finest() const {
    static const auto& none = *new std::vector<SeriesBucket>();
    return levels_.empty() ? none : levels_[0];
  }

  bool empty() const { return levels_.empty() || levels_[0].empty(); }
  int64_t points() const { return points_; }
  int64_t points_per_bucket() const { return points_per_bucket_; }  // 1: nothing is merged
  double first_x() const { return levels_[0].front().first_x; }
  double last_x() const { return levels_[0].back().last_x; }
  double last() const { return levels_[0].back().last; }  // value of the last point
  // Grows with every change, so that a drawing is reused until then.
  uint64_t version() const { return version_; }

 private:
  void UpdateAbove(size_t index);
  void MergePairs();
  void RebuildAbove();
  size_t FirstAt(double x, size_t from) const;  // first bucket with first_x ≥ x
  SeriesBucket Combine(size_t from, size_t to) const;
  // Adds the finest buckets from `index` on that begin before `edge`, at least one, and returns the
  // index of the next: in one walk, as a column of pixels has few.
  size_t MergeUntil(double edge, size_t index, size_t end, SeriesBucket& bucket) const;

  size_t most_buckets_;
  int64_t points_ = 0;
  int64_t points_per_bucket_ = 1;
  uint64_t version_ = 0;
  std::vector<std::vector<SeriesBucket>> levels_;  // [0] is the finest; each above: whole groups
};

}  // namespace powerdown
