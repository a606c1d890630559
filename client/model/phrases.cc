#include "client/model/phrases.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
std::string PointsText(double share) {
  const double points = std::round(share * 1e4) / 100;
  if (points == 0) return share == 0 ? "no change" : "under 0.01 points";
  return Concat(points > 0 ? "+" : "", Fixed(points, 2), " points");
}

std::string SignificantText(double value) {
  if (value == 0 || !std::isfinite(value)) return value == 0 ? "0" : "–";
  const double magnitude = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 2);
  const double rounded = std::round(value / magnitude) * magnitude;
  if (std::abs(rounded) >= 99.95) return CountText(static_cast<int64_t>(std::llround(rounded)));
  const int decimals = 2 - static_cast<int>(std::floor(std::log10(std::abs(rounded)) + 1e-9));
  return Fixed(rounded, std::max(0, decimals));
}

std::string WattsText(Watts power) {
  return QuantityText(power.value(), "W");
}

std::string DurationText(absl::Duration duration) {
  const int64_t seconds = std::llround(absl::ToDoubleSeconds(duration));
  if (seconds < 1) return "under 1 s";
  if (seconds < 60) return Concat(seconds, " s");
  if (seconds < 3600) {
    const int64_t rest = seconds % 60;
    return rest == 0 ? Concat(seconds / 60, " min") : Concat(seconds / 60, " min ", rest, " s");
  }
  if (seconds < 48 * 3600) return Concat(seconds / 3600, " h ", seconds % 3600 / 60, " min");
  return Concat(seconds / 86400, " days ", seconds % 86400 / 3600, " h");
}

std::string AgeText(absl::Duration age) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(age));
  if (seconds < 60) return Concat(seconds, " s");
  if (seconds < 3600) return Concat(seconds / 60, " min");
  if (seconds < 48 * 3600) return Concat(seconds / 3600, " h");
  return Concat(seconds / 86400, " days");
}

std::string LocalTimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::LocalTimeZone());
}

std::string StepText(const std::optional<int64_t>& step) {
  return step ? Concat("step ", CountText(*step)) : "–";
}

std::string SpecText(const RunSpec& spec) {
  const std::string size = Concat(spec.width, "/", spec.hidden);
  return Concat(Printable(spec.task), " mod ", spec.modulus, " · ", spec.model, " ", size,
                " · seed ", spec.seed);
}

std::string TrainingText(const Run& run) {
  return run.command ? Printable(CommandText(*run.command)) : SpecText(run.spec);
}

std::string ProgressText(const Run& run) {
  const std::string most = run.max_steps == 0 ? "" : Concat(" of ", CountText(run.max_steps));
  return Concat(CountText(run.steps), most);
}

std::string SpecTitle(const RunSpec& spec) {
  return Concat(Printable(spec.task), " mod ", spec.modulus, ", ", spec.model, " ", spec.width, "/",
                spec.hidden, ", seed ", spec.seed);
}

std::string EnergyLabel(const EnergyFigure& energy) {
  if (energy.source == kImportedSource) return "imported, band unknown";
  // What a GPU's meter does not see is missing from the figure: say so.
  const bool is_part = energy.scope.rfind("gpu-only", 0) == 0;
  const bool lacks_gpu = energy.scope.find(kGpuNotMetered) != std::string::npos;
  const std::string part =
      Concat(is_part ? ", gpu-only" : "", lacks_gpu ? Concat(", ", kGpuNotMetered) : "");
  if (energy.source == kUnmeteredSource) return kGpuNotMetered;
  const std::string kind = energy.source == kEstimateSource
                               ? Concat("estimate", part)
                               : Concat("measured (", energy.source, part, ")");
  const double gross = energy.gross.value();
  if (gross <= 0) return kind;
  const double band = std::max(energy.high.value() / gross - 1, 1 - energy.low.value() / gross);
  return band <= 0 ? kind : Concat(kind, " ±", Fixed(100 * band, band < 0.095 ? 1 : 0), "%");
}

std::string EnergyOrUnknown(const std::optional<EnergyFigure>& energy) {
  return energy ? EnergyText(energy->gross) : "not known yet";
}

std::string CarbonFactorText(const FootprintFactors& factors) {
  const CarbonFactor& carbon = factors.carbon;
  return Concat(carbon.grams_per_kwh, " g CO2/kWh (", carbon.region, " ", carbon.year, ": ",
                carbon.source, carbon.is_default ? "; default" : "", ")");
}

std::string PriceFactorText(const FootprintFactors& factors) {
  const PriceFactor& price = factors.price;
  return Concat(price.per_kwh, " ", price.currency, "/kWh (", price.year, ": ", price.source,
                price.is_default ? "; default" : "", ")");
}

}  // namespace powerdown
