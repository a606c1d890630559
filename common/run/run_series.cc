#include "common/run/run_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace powerdown {
namespace {

constexpr size_t kMostAbandoned = 16;

}  // namespace

RunSeries::RunSeries(size_t most_buckets) : most_buckets_(most_buckets) {
  curves_.fill(SeriesPyramid(most_buckets));
}

void RunSeries::StartAttempt(const ReportPoint& point) {
  const double from = static_cast<double>(point.step);
  const SeriesPyramid& seconds = curve(Metric::kSeconds);
  if (!seconds.empty() && seconds.last_x() >= from) {
    Curves left;
    left.fill(SeriesPyramid(most_buckets_));
    for (size_t i = 0; i < kMetrics; ++i) {
      for (const SeriesBucket& bucket :
           curves_[i].Buckets(from, std::numeric_limits<double>::max())) {
        left[i].AppendBucket(bucket);
      }
      curves_[i].TruncateFrom(from);
    }
    if (abandoned_.size() == kMostAbandoned) abandoned_.erase(abandoned_.begin());
    abandoned_.push_back(std::move(left));
  }
  trained_seconds_ = seconds.empty() ? 0 : seconds.last();
  attempt_ = point.attempt;
  last_time_ = absl::FromUnixMicros(point.time_unix_us);
}

bool RunSeries::Apply(const StepReport& report) {
  const ReportPoint point = PointOf(report);
  return Apply({&point, 1}) > 0;
}

size_t RunSeries::Apply(std::span<const ReportPoint> points) {
  Block block;
  size_t standing = 0;
  for (const ReportPoint& point : points) {
    if (point.attempt < attempt_) continue;
    if (point.attempt != attempt_) {
      Append(block);
      StartAttempt(point);
    }
    const double step = static_cast<double>(point.step);
    const SeriesPyramid& seconds = curve(Metric::kSeconds);
    if (block.size > 0 ? block.steps[block.size - 1] >= step
                       : !seconds.empty() && seconds.last_x() >= step) {
      continue;
    }
    const absl::Time time = absl::FromUnixMicros(point.time_unix_us);
    trained_seconds_ += std::max(0.0, absl::ToDoubleSeconds(time - last_time_));
    last_time_ = time;
    block.points[block.size] = &point;
    block.steps[block.size] = step;
    block.seconds[block.size] = trained_seconds_;
    ++standing;
    if (++block.size == Block::kMost) Append(block);
  }
  Append(block);
  return standing;
}

void RunSeries::Append(Block& block) {
  const std::span<const double> steps(block.steps.data(), block.size);
  At(Metric::kSeconds).Append(steps, {block.seconds.data(), block.size});
  std::array<double, Block::kMost> x;
  std::array<double, Block::kMost> y;
  for (size_t metric = 0; metric < kReportMetrics; ++metric) {
    const bool may_be_absent = MayBeAbsent(static_cast<Metric>(metric));
    size_t count = 0;
    for (size_t i = 0; i < block.size; ++i) {
      const double value = block.points[i]->values[metric];
      if (std::isnan(value) && (may_be_absent || block.points[i]->IsUnreported(metric))) continue;
      x[count] = block.steps[i];
      y[count++] = value;
    }
    curves_[metric].Append({x.data(), count}, {y.data(), count});
  }
  block.size = 0;
}

void RunSeries::ApplyBucket(Metric metric, const SeriesBucket& bucket) {
  SeriesPyramid& curve = At(metric);
  if (!curve.empty() && curve.last_x() >= bucket.first_x) return;
  curve.AppendBucket(bucket);
  if (metric == Metric::kSeconds) trained_seconds_ = bucket.last;
}

}  // namespace powerdown
