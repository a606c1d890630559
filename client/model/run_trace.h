// All curves of one run as pyramids over the step, its milestones, and what an axis other than the
// step means for it. Plain values, not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/model/run_curve.h"
#include "common/run/run_series.h"

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
  // Of a long run's beginning, before its updates from the next revision on.
  void ApplyBucket(Metric metric, const SeriesBucket& bucket);

  const RunCurve& curve() const { return curve_; }
  const SeriesPyramid& series(Metric metric) const { return series_.curve(metric); }
  // What later attempts did again: the abandoned ends of earlier ones, drawn as ghosts.
  const std::vector<RunSeries::Curves>& abandoned() const { return series_.abandoned(); }
  const std::vector<Gap>& gaps() const { return gaps_; }
  // The latest; absent where none was made or the run is unfamiliar.
  std::optional<int64_t> predicted_grok_step() const {
    return forecast_ ? forecast_->grok_step : std::nullopt;
  }
  const std::optional<Forecast>& forecast() const { return forecast_; }
  bool empty() const { return series_.curve(Metric::kSeconds).empty(); }
  // Grows with every update.
  uint64_t version() const { return version_; }

  int64_t last_step() const;
  // Of the run, as far as it is known; between reports in proportion.
  std::optional<Joules> EnergyAt(int64_t step) const;
  std::optional<Joules> Energy() const;
  std::optional<Watts> Power() const;

  // Where a step lies on an axis: itself, seconds of training, or watt-hours. Between reports in
  // proportion. NaN where nothing is known.
  double OnAxis(Axis axis, double step) const;
  // And back.
  double StepAt(Axis axis, double value) const;

 private:
  // More than the columns of a wide screen; all curves of a long run together then take 8 MB.
  static constexpr size_t kMostBuckets = 8192;

  RunCurve curve_;
  RunSeries series_{kMostBuckets};
  std::vector<Gap> gaps_;
  std::optional<Forecast> forecast_;
  uint64_t version_ = 0;
};

}  // namespace powerdown
