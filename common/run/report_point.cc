#include "common/run/report_point.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/time_range.h"

namespace powerdown {

ReportPoint PointOf(const StepReport& report) {
  ReportPoint point{report.revision, report.attempt, report.evaluation.step,
                    absl::ToUnixMicros(report.time)};
  for (size_t i = 0; i < kReportMetrics; ++i) {
    const std::optional<double> value = MetricOf(report, static_cast<Metric>(i));
    point.values[i] = value.value_or(std::numeric_limits<double>::quiet_NaN());
    if (!value) point.unreported |= 1u << i;
  }
  return point;
}

void SetPoint(const ReportPoint& point, StepReport& report) {
  const auto value = [&](Metric metric) { return point.values[static_cast<size_t>(metric)]; };
  report.revision = point.revision;
  report.attempt = point.attempt;
  report.time = std::clamp(absl::FromUnixMicros(point.time_unix_us), EarliestTime(), LatestTime());
  const auto said = [&](Metric metric) {
    const bool is_unreported = point.IsUnreported(static_cast<size_t>(metric));
    return is_unreported ? std::nullopt : std::optional(value(metric));
  };
  report.evaluation = {.step = point.step,
                       .train_loss = said(Metric::kTrainLoss),
                       .train_accuracy = value(Metric::kTrainAccuracy),
                       .validation_loss = said(Metric::kValidationLoss),
                       .validation_accuracy = value(Metric::kValidationAccuracy)};
  report.gradient_norm = said(Metric::kGradientNorm);
  report.weight_norm = said(Metric::kWeightNorm);
  report.activation_sparsity = said(Metric::kActivationSparsity);
  const double watts = value(Metric::kPower);
  const double joules = value(Metric::kEnergy);
  report.power = std::isnan(watts) ? std::nullopt : std::optional(Watts(watts));
  report.energy = std::isnan(joules) ? std::nullopt : std::optional(Joules(joules));
}

}  // namespace powerdown
