#include "proto/convert.h"

namespace powerdown {

absl::StatusOr<AutoStop> AbandonFromWire(v1::AutoStop mode) {
  if (mode == v1::AUTO_STOP_UNSPECIFIED) return AutoStop::kOff;
  if (mode != v1::AUTO_STOP_PLANNED) return FromWire(mode);
  return absl::InvalidArgumentError("abandon: value is planned; allowed: off, observe, on");
}

v1::Forecast ToWire(const Forecast& forecast) {
  v1::Forecast wire;
  wire.set_made_at_step(forecast.made_at_step);
  if (forecast.grok_step) wire.set_grok_step(*forecast.grok_step);
  for (const ForecastBand& band : forecast.bands) {
    v1::ForecastBand& added = *wire.add_bands();
    added.set_confidence(band.confidence);
    added.set_low_step(band.low_step);
    if (band.high_step) added.set_high_step(*band.high_step);
  }
  if (forecast.will_grok_probability) {
    wire.set_will_grok_probability(*forecast.will_grok_probability);
  }
  wire.set_model(forecast.model);
  wire.set_is_unfamiliar(forecast.is_unfamiliar);
  wire.mutable_leans_on()->Add(forecast.leans_on.begin(), forecast.leans_on.end());
  return wire;
}

Forecast FromWire(const v1::Forecast& wire) {
  Forecast forecast;
  forecast.made_at_step = wire.made_at_step();
  if (wire.has_grok_step()) forecast.grok_step = wire.grok_step();
  for (const v1::ForecastBand& band : wire.bands()) {
    forecast.bands.push_back({band.confidence(), band.low_step(), std::nullopt});
    if (band.has_high_step()) forecast.bands.back().high_step = band.high_step();
  }
  if (wire.has_will_grok_probability()) {
    forecast.will_grok_probability = wire.will_grok_probability();
  }
  forecast.model = wire.model();
  forecast.is_unfamiliar = wire.is_unfamiliar();
  forecast.leans_on.assign(wire.leans_on().begin(), wire.leans_on().end());
  return forecast;
}

}  // namespace powerdown
