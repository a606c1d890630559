// From energy to carbon, money and everyday equivalents, each factor with source and year. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

struct CarbonFactor {
  std::string region = "world";
  double grams_per_kwh = 472.9;  // CO2e, life-cycle, annual average
  int year = 2024;
  std::string source = "Ember 2024 via co2.js (CC BY-SA 4.0)";
  bool is_default = true;
};
struct PriceFactor {
  double per_kwh = 0.1249;
  std::string currency = "USD";
  int year = 2022;
  std::string source = "US retail average 2022 (second-hand quote of EIA)";
  bool is_default = true;
};
struct FootprintFactors {
  CarbonFactor carbon;
  PriceFactor price;
  double pue = 1.0;  // power usage effectiveness; a workstation has 1.0
  // What a rented box costs, in the price's currency, power included; 0: it is not rented.
  double rent_per_hour = 0;
  bool is_default() const { return carbon.is_default || price.is_default; }
};
FootprintFactors DefaultFactors();
// Ember 2024, by region code (docs/energy.md): "de" → 342.1. NotFound lists the codes.
absl::StatusOr<CarbonFactor> FindCarbonFactor(std::string_view region);

struct Money {
  double amount = 0;
  std::string currency;
};
// Carbon and money of gross energy times PUE.
GramsCo2 CarbonOf(Joules gross, const FootprintFactors& factors);
Money CostOf(Joules gross, const FootprintFactors& factors);
// What renting the box cost for so long; nullopt where it is not rented. Never added to CostOf.
std::optional<Money> RentOf(absl::Duration wall_time, const FootprintFactors& factors);

// EPA greenhouse gas equivalencies (docs/energy.md, Carbon and money), each with source and year.
struct Equivalence {
  std::string_view name;  // "phone_charges", "car_km"
  double grams_co2;       // per unit
  int year;
  std::string_view source;
};
const std::vector<Equivalence>& Equivalences();

struct FleetRow {
  int64_t runs_per_year = 0;
  double kwh = 0;
  double kwh_low = 0;
  double kwh_high = 0;
  double co2_kg = 0;
  Money cost;
  double phone_charges = 0;
  double car_km = 0;
};
// What saving `saved` (with its band) in each run would save over a year.
FleetRow FleetOf(Joules saved, Joules low, Joules high, int64_t runs_per_year,
                 const FootprintFactors& factors);
std::vector<int64_t> FleetSizes();  // 1,000 · 10,000 · 100,000 · 1,000,000

// Three significant digits with an SI prefix from milli up: QuantityText(0.00123, "Wh") is "1.23
// mWh", a thousandth of it "0.00123 mWh". Zero is "0 Wh"; a value that is not zero never prints as
// zero, nor a rounded-up "1000 m…".
std::string QuantityText(double value, std::string_view unit);
// Energy for people, in Wh; money as people write it, whatever its size: "$0.0000007", "$0.12",
// "$12.30", "$1,235", "$4.56 million"; other currencies after the amount: "0.12 EUR".
std::string EnergyText(Joules energy);
std::string CarbonText(GramsCo2 carbon);
std::string MoneyText(const Money& money);

}  // namespace powerdown
