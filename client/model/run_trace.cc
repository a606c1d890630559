#include "client/model/run_trace.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace powerdown {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kJoulesPerWattHour = 3600;
constexpr size_t kMostAbandoned = 16;

// y at x, between points in proportion.
double Interpolate(const SeriesPyramid& series, double x) {
  if (series.empty()) return kUnknown;
  const double at = std::clamp(x, series.first_x(), series.last_x());
  const std::vector<SeriesBucket> around = series.Buckets(at, at);
  if (!around.empty() && around.front().first_x <= at) {
    const SeriesBucket& bucket = around.front();
    if (bucket.last_x <= bucket.first_x) return bucket.first;
    const double share = (at - bucket.first_x) / (bucket.last_x - bucket.first_x);
    return bucket.first + (bucket.last - bucket.first) * std::clamp(share, 0.0, 1.0);
  }
  return kUnknown;
}

}  // namespace

void RunTrace::Apply(const RunUpdate& update) {
  ++version_;
  if (const auto* report = std::get_if<StepReport>(&update)) {
    ApplyReport(*report);
  } else {
    const RunEvent& event = std::get<RunEvent>(update);
    if (event.kind == "gap" && event.step) {
      gaps_.push_back(
          {static_cast<double>(*event.step), static_cast<double>(*event.step), event.message});
    }
    if (event.kind == "forecast" && event.step) predicted_grok_step_ = event.step;
  }
  curve_.Apply(update);
}

void RunTrace::StartAttempt(const StepReport& report) {
  const double from = static_cast<double>(report.evaluation.step);
  if (!seconds_.empty() && seconds_.last_x() >= from) {
    std::array<SeriesPyramid, kMetrics> ghost;
    for (size_t i = 0; i < kMetrics; ++i) {
      for (const SeriesBucket& bucket :
           series_[i].Buckets(from, std::numeric_limits<double>::max())) {
        ghost[i].AppendBucket(bucket);
      }
      series_[i].TruncateFrom(from);
    }
    seconds_.TruncateFrom(from);
    watt_hours_.TruncateFrom(from);
    if (abandoned_.size() == kMostAbandoned) abandoned_.erase(abandoned_.begin());
    abandoned_.push_back(std::move(ghost));
  }
  trained_seconds_ = seconds_.empty() ? 0 : seconds_.Total(0, seconds_.last_x()).last;
  attempt_ = report.attempt;
  last_time_ = report.time;
}

void RunTrace::ApplyReport(const StepReport& report) {
  if (report.attempt < attempt_) return;  // of an abandoned attempt, committed late
  if (report.attempt != attempt_) StartAttempt(report);
  const double step = static_cast<double>(report.evaluation.step);
  if (!seconds_.empty() && seconds_.last_x() >= step) return;
  trained_seconds_ += std::max(0.0, absl::ToDoubleSeconds(report.time - last_time_));
  last_time_ = report.time;
  seconds_.Append(step, trained_seconds_);
  if (report.energy) watt_hours_.Append(step, report.energy->value() / kJoulesPerWattHour);
  for (const MetricDescription& description : Metrics()) {
    const std::optional<double> value = MetricOf(report, description.metric);
    if (value) series_[static_cast<size_t>(description.metric)].Append(step, *value);
  }
}

double RunTrace::OnAxis(Axis axis, double step) const {
  if (axis == Axis::kStep) return step;
  const SeriesPyramid& on_step = axis == Axis::kTime ? seconds_ : watt_hours_;
  if (on_step.empty()) return kUnknown;
  // Beyond the last report: at the mean pace so far.
  if (step > on_step.last_x() && on_step.last_x() > 0) {
    return Interpolate(on_step, on_step.last_x()) * step / on_step.last_x();
  }
  // A point lies between two reports: the bucket before it, and the one after.
  const std::vector<SeriesBucket> around =
      on_step.Buckets(step, std::min(on_step.last_x(), step + 1));
  if (!around.empty() && around.front().first_x <= step) return Interpolate(on_step, step);
  const SeriesBucket before = on_step.Total(0, step);
  const SeriesBucket after = on_step.Total(step, on_step.last_x());
  if (before.points == 0) return after.first;
  if (after.points == 0) return before.last;
  const double share = (step - before.last_x) / (after.first_x - before.last_x);
  return before.last + (after.first - before.last) * share;
}

double RunTrace::StepAt(Axis axis, double value) const {
  if (axis == Axis::kStep) return value;
  if (empty()) return kUnknown;
  double low = 0;
  double high = static_cast<double>(curve_.last_step());
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (OnAxis(axis, middle) < value ? low : high) = middle;
  }
  return high;
}

}  // namespace powerdown
