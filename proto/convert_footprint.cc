#include "proto/convert.h"

namespace powerdown {

v1::Energy ToWire(const EnergyFigure& energy) {
  v1::Energy wire;
  wire.set_gross_joules(energy.gross.value());
  if (energy.net) wire.set_net_joules(energy.net->value());
  wire.set_low_joules(energy.low.value());
  wire.set_high_joules(energy.high.value());
  if (energy.baseline) wire.set_baseline_watts(energy.baseline->value());
  wire.set_source(energy.source);
  wire.set_coverage(energy.coverage);
  if (energy.net_low) wire.set_net_low_joules(energy.net_low->value());
  if (energy.net_high) wire.set_net_high_joules(energy.net_high->value());
  wire.set_scope(energy.scope);
  if (energy.estimated) wire.set_estimated_joules(energy.estimated->value());
  return wire;
}

EnergyFigure FromWire(const v1::Energy& wire) {
  EnergyFigure energy;
  energy.gross = Joules(wire.gross_joules());
  if (wire.has_net_joules()) energy.net = Joules(wire.net_joules());
  energy.low = Joules(wire.low_joules());
  energy.high = Joules(wire.high_joules());
  if (wire.has_baseline_watts()) energy.baseline = Watts(wire.baseline_watts());
  energy.source = wire.source();
  energy.coverage = wire.coverage();
  if (wire.has_net_low_joules()) energy.net_low = Joules(wire.net_low_joules());
  if (wire.has_net_high_joules()) energy.net_high = Joules(wire.net_high_joules());
  energy.scope = wire.scope();
  if (wire.has_estimated_joules()) energy.estimated = Joules(wire.estimated_joules());
  return energy;
}

v1::Money ToWire(const Money& money) {
  v1::Money wire;
  wire.set_amount(money.amount);
  wire.set_currency(money.currency);
  return wire;
}

Money FromWire(const v1::Money& wire) {
  return Money{.amount = wire.amount(), .currency = wire.currency()};
}

v1::Factors ToWire(const FootprintFactors& factors) {
  v1::Factors wire;
  wire.set_carbon_region(factors.carbon.region);
  wire.set_carbon_grams_per_kwh(factors.carbon.grams_per_kwh);
  wire.set_carbon_year(factors.carbon.year);
  wire.set_carbon_source(factors.carbon.source);
  wire.set_carbon_is_default(factors.carbon.is_default);
  wire.set_price_per_kwh(factors.price.per_kwh);
  wire.set_price_currency(factors.price.currency);
  wire.set_price_year(factors.price.year);
  wire.set_price_source(factors.price.source);
  wire.set_price_is_default(factors.price.is_default);
  wire.set_pue(factors.pue);
  wire.set_rent_per_hour(factors.rent_per_hour);
  return wire;
}

FootprintFactors FromWire(const v1::Factors& wire) {
  FootprintFactors factors;
  factors.carbon = {.region = wire.carbon_region(),
                    .grams_per_kwh = wire.carbon_grams_per_kwh(),
                    .year = wire.carbon_year(),
                    .source = wire.carbon_source(),
                    .is_default = wire.carbon_is_default()};
  factors.price = {.per_kwh = wire.price_per_kwh(),
                   .currency = wire.price_currency(),
                   .year = wire.price_year(),
                   .source = wire.price_source(),
                   .is_default = wire.price_is_default()};
  factors.pue = wire.pue();
  factors.rent_per_hour = wire.rent_per_hour();
  return factors;
}

}  // namespace powerdown
