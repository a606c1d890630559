// All curves of one run as pyramids over the step, its milestones, and what an axis other than the
// step means for it. Plain values, not thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "client/model/metric.h"
#include "client/model/run_curve.h"
#include "common/series_pyramid.h"

namespace powerdown {

enum class Axis { kStep, kTime, kEnergy };

// A stretch without a reading, in steps.
struct Gap {
  double from = 0;
  double to = 0;
  std::string reason;
};

class RunTrace {
 public:
  void Apply(const RunUpdate& update);

  const RunCurve& curve() const { return curve_; }
  const SeriesPyramid& series(Metric metric) const { return series_[static_cast<size_t>(metric)]; }
  // What later attempts did again: the abandoned ends of earlier ones, drawn as ghosts.
  const std::vector<std::array<SeriesPyramid, kMetrics>>& abandoned() const { return abandoned_; }
  const std::vector<Gap>& gaps() const { return gaps_; }
  std::optional<int64_t> predicted_grok_step() const { return predicted_grok_step_; }
  bool empty() const { return curve_.empty(); }
  // Grows with every update.
  uint64_t version() const { return version_; }

  // Where a step lies on an axis: itself, seconds of training, or watt-hours. Between reports in
  // proportion. NaN where nothing is known.
  double OnAxis(Axis axis, double step) const;
  // And back.
  double StepAt(Axis axis, double value) const;

 private:
  void ApplyReport(const StepReport& report);
  void StartAttempt(const StepReport& report);

  RunCurve curve_;
  std::array<SeriesPyramid, kMetrics> series_;
  std::vector<std::array<SeriesPyramid, kMetrics>> abandoned_;
  std::vector<Gap> gaps_;
  std::optional<int64_t> predicted_grok_step_;
  // Seconds of training over the step, without the pauses between attempts; and watt-hours.
  SeriesPyramid seconds_;
  SeriesPyramid watt_hours_;
  int64_t attempt_ = 0;
  absl::Time last_time_;
  double trained_seconds_ = 0;
  uint64_t version_ = 0;
};

}  // namespace powerdown
