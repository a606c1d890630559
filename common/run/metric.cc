#include "common/run/metric.h"

namespace powerdown {

const std::array<MetricDescription, kMetrics>& Metrics() {
  static constexpr std::array<MetricDescription, kMetrics> kTable = {{
      {Metric::kTrainAccuracy, "train_accuracy", "train accuracy", ""},
      {Metric::kValidationAccuracy, "validation_accuracy", "validation accuracy", ""},
      {Metric::kTrainLoss, "train_loss", "train loss", ""},
      {Metric::kValidationLoss, "validation_loss", "validation loss", ""},
      {Metric::kGradientNorm, "gradient_norm", "gradient norm", ""},
      {Metric::kWeightNorm, "weight_norm", "weight norm", ""},
      {Metric::kActivationSparsity, "activation_sparsity", "activation sparsity", ""},
      {Metric::kPower, "power_watts", "power", "W"},
      {Metric::kEnergy, "energy_joules", "energy", "J"},
      {Metric::kSeconds, "seconds", "time", "s"},
  }};
  return kTable;
}

const MetricDescription& Describe(Metric metric) {
  return Metrics()[static_cast<size_t>(metric)];
}

const MetricDescription* FindMetric(std::string_view name) {
  for (const MetricDescription& description : Metrics()) {
    if (description.name == name) return &description;
  }
  return nullptr;
}

std::optional<double> MetricOf(const StepReport& report, Metric metric) {
  const Evaluation& evaluation = report.evaluation;
  switch (metric) {
    case Metric::kTrainAccuracy:
      return evaluation.train_accuracy;
    case Metric::kValidationAccuracy:
      return evaluation.validation_accuracy;
    case Metric::kTrainLoss:
      return evaluation.train_loss;
    case Metric::kValidationLoss:
      return evaluation.validation_loss;
    case Metric::kGradientNorm:
      return report.gradient_norm;
    case Metric::kWeightNorm:
      return report.weight_norm;
    case Metric::kActivationSparsity:
      return report.activation_sparsity;
    case Metric::kPower:
      if (!report.power) return std::nullopt;
      return report.power->value();
    case Metric::kEnergy:
      if (!report.energy) return std::nullopt;
      return report.energy->value();
    case Metric::kSeconds:
      break;
  }
  return std::nullopt;
}

}  // namespace powerdown
