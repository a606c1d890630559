#include "common/run/run_series.h"

#include <algorithm>
#include <limits>

namespace powerdown {
namespace {

constexpr size_t kMostAbandoned = 16;

}  // namespace

RunSeries::RunSeries(size_t most_buckets) : most_buckets_(most_buckets) {
  curves_.fill(SeriesPyramid(most_buckets));
}

void RunSeries::StartAttempt(const StepReport& report) {
  const double from = static_cast<double>(report.evaluation.step);
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
  attempt_ = report.attempt;
  last_time_ = report.time;
}

bool RunSeries::Apply(const StepReport& report) {
  if (report.attempt < attempt_) return false;
  if (report.attempt != attempt_) StartAttempt(report);
  const double step = static_cast<double>(report.evaluation.step);
  SeriesPyramid& seconds = At(Metric::kSeconds);
  if (!seconds.empty() && seconds.last_x() >= step) return false;
  trained_seconds_ += std::max(0.0, absl::ToDoubleSeconds(report.time - last_time_));
  last_time_ = report.time;
  seconds.Append(step, trained_seconds_);
  for (const MetricDescription& description : Metrics()) {
    if (const std::optional<double> value = MetricOf(report, description.metric)) {
      At(description.metric).Append(step, *value);
    }
  }
  return true;
}

void RunSeries::ApplyBucket(Metric metric, const SeriesBucket& bucket) {
  SeriesPyramid& curve = At(metric);
  if (!curve.empty() && curve.last_x() >= bucket.first_x) return;
  curve.AppendBucket(bucket);
  if (metric == Metric::kSeconds) trained_seconds_ = bucket.last;
}

}  // namespace powerdown
