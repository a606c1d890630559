// The curves that a run has: name on the wire, words on the screen, unit. Pure.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "common/run/run.h"

namespace powerdown {

enum class Metric {
  kTrainAccuracy,
  kValidationAccuracy,
  kTrainLoss,
  kValidationLoss,
  kGradientNorm,
  kWeightNorm,
  kActivationSparsity,
  kPower,
  kEnergy,
  kSeconds,  // of training, without the pauses between attempts; see RunSeries
};
inline constexpr size_t kMetrics = 10;

struct MetricDescription {
  Metric metric;
  std::string_view name;   // of the report's field: "train_accuracy", "power_watts"
  std::string_view label;  // "train accuracy"
  std::string_view unit;   // "", "W", "J"
};
const std::array<MetricDescription, kMetrics>& Metrics();
const MetricDescription& Describe(Metric metric);
const MetricDescription* FindMetric(std::string_view name);  // null if unknown

// Nullopt where the report does not have it; always for kSeconds, which one report cannot tell.
std::optional<double> MetricOf(const StepReport& report, Metric metric);

}  // namespace powerdown
