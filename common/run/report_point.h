// The numbers of a step report that curves, summaries and watchers need, as plain values: runs have
// millions of reports. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "common/run/metric.h"

namespace powerdown {

// All metrics but the seconds, which one report cannot tell.
inline constexpr size_t kReportMetrics = kMetrics - 1;
static_assert(static_cast<size_t>(Metric::kSeconds) == kReportMetrics);

struct ReportPoint {
  int64_t revision = 0;
  int64_t attempt = 0;
  int64_t step = 0;
  int64_t time_unix_us = 0;
  std::array<double, kReportMetrics> values = {};  // by Metric; NaN where not known
  // A bit for each value that is NaN because nobody said it, where the training's own may be NaN.
  uint32_t unreported = 0;

  bool IsUnreported(size_t metric) const { return (unreported >> metric & 1) != 0; }
};

ReportPoint PointOf(const StepReport& report);
// Sets all of `report` that a point has. The run's id, monotonic time and features stay.
void SetPoint(const ReportPoint& point, StepReport& report);

// Whether a report without this value has no point on the curve, rather than one that is no number.
constexpr bool MayBeAbsent(Metric metric) {
  return metric == Metric::kPower || metric == Metric::kEnergy ||
         metric == Metric::kTrainAccuracy || metric == Metric::kValidationAccuracy;
}

}  // namespace powerdown
