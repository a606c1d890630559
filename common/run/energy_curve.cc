#include "common/run/energy_curve.h"

#include <algorithm>

namespace powerdown {

SeriesPyramid EnergyCurve(const std::vector<StepReport>& reports) {
  SeriesPyramid curve(std::max(SeriesPyramid::kMostBuckets, reports.size()));  // merges nothing
  for (const StepReport& report : reports) {
    if (!report.energy) continue;
    curve.Append(static_cast<double>(report.evaluation.step), report.energy->value());
  }
  return curve;
}

std::optional<Joules> EnergyAt(const SeriesPyramid& curve, int64_t step) {
  const double at = static_cast<double>(step);
  if (curve.empty() || at > curve.last_x()) return std::nullopt;
  const double first = curve.first_x();
  if (at < first) return Joules(curve.At(first)) * (at / first);
  return Joules(curve.At(at));
}

std::optional<Joules> EnergyAtEnd(const SeriesPyramid& curve) {
  if (curve.empty()) return std::nullopt;
  return Joules(curve.last());
}

std::optional<Joules> EnergyAfter(const SeriesPyramid& curve, int64_t step) {
  const std::optional<Joules> end = EnergyAtEnd(curve);
  if (!end) return std::nullopt;
  return std::max(*end - EnergyAt(curve, step).value_or(*end), Joules(0));
}

std::optional<Joules> EnergyCarriedOn(const SeriesPyramid& curve, int64_t step) {
  const double at = static_cast<double>(step);
  if (curve.empty() || at <= curve.last_x()) return EnergyAt(curve, step);
  if (curve.last_x() <= 0) return std::nullopt;
  return Joules(curve.last()) * (at / curve.last_x());
}

}  // namespace powerdown
