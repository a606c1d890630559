// All curves of one run as pyramids over the step, fed with its reports in the order of their
// commits. Plain values, not thread-safe.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/run/metric.h"
#include "common/run/report_point.h"
#include "common/run/series_pyramid.h"

namespace powerdown {

class RunSeries {
 public:
  using Curves = std::array<SeriesPyramid, kMetrics>;

  explicit RunSeries(size_t most_buckets = SeriesPyramid::kMostBuckets);

  // A later attempt does steps again: the abandoned end of the earlier one moves to abandoned().
  // False if the report does not stand: it came late, from an attempt that was given up.
  bool Apply(const StepReport& report);
  // The same one after another, fast; returns how many stand.
  size_t Apply(std::span<const ReportPoint> points);
  // What another RunSeries had of one metric, from the run's beginning or end on.
  void ApplyBucket(Metric metric, const SeriesBucket& bucket);

  // All but the abandoned ends, to be kept on a disk and gone on from.
  absl::StatusOr<std::string> ToBytes() const;
  // DataLoss for anything else than ToBytes of this version made.
  static absl::StatusOr<RunSeries> FromBytes(std::string_view bytes);

  const SeriesPyramid& curve(Metric metric) const { return curves_[static_cast<size_t>(metric)]; }
  const std::vector<Curves>& abandoned() const { return abandoned_; }

 private:
  SeriesPyramid& At(Metric metric) { return curves_[static_cast<size_t>(metric)]; }
  void StartAttempt(const ReportPoint& point);
  // Points that stand, on their way to the curves: few enough to stay in the nearest cache.
  struct Block {
    static constexpr size_t kMost = 256;
    size_t size = 0;
    std::array<const ReportPoint*, kMost> points;
    std::array<double, kMost> steps;
    std::array<double, kMost> seconds;
  };
  void Append(Block& block);  // empties it

  size_t most_buckets_;
  Curves curves_;
  std::vector<Curves> abandoned_;
  int64_t attempt_ = 0;
  absl::Time last_time_;
  double trained_seconds_ = 0;
};

}  // namespace powerdown
