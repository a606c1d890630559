#include "common/energy/footprint.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/ascii.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

struct Region {
  std::string_view code;
  double grams_per_kwh;
  int year = 2024;
};

// Ember through co2.js, CC BY-SA 4.0: annual average, life-cycle, g CO2e per kWh.
constexpr Region kRegions[] = {
    {"world", 472.9},   {"eu", 213.0}, {"de", 342.1}, {"ch", 36.7},  {"at", 102.6}, {"fr", 44.2},
    {"it", 287.8},      {"es", 146.2}, {"gb", 215.8}, {"ie", 279.8}, {"nl", 252.7}, {"be", 117.6},
    {"pl", 615.0},      {"ee", 341.0}, {"se", 35.9},  {"no", 30.8},  {"fi", 72.3},  {"dk", 143.3},
    {"is", 28.3, 2023}, {"us", 383.6}, {"ca", 185.0}, {"br", 106.1}, {"cn", 557.5}, {"in", 709.0},
    {"jp", 483.7},      {"kr", 415.7}, {"sg", 498.7}, {"au", 553.8}, {"za", 713.9},
};

constexpr double kKilometresPerMile = 1.609344;
// Of a thousand each. People know no smaller prefix than milli: what is less has more decimals.
constexpr int kSmallestGroup = -1;
constexpr int kLargestGroup = 4;  // tera
constexpr std::string_view kPrefixes[] = {"m", "", "k", "M", "G", "T"};
constexpr int kMostZeros =
    9;  // after the decimal point; what is smaller is written with an exponent

// The power of ten of a value's first digit, once it is rounded to so many digits.
int ExponentOf(double value, int digits) {
  char rounded[40];
  std::snprintf(rounded, sizeof rounded, "%.*e", digits - 1, value);
  return std::atoi(std::strchr(rounded, 'e') + 1);
}

std::string Scientific(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2e", value);
  return text;
}

// A value below 1: three digits after the zeros, two after more than two of them, one after more
// than four.
std::string SmallText(double value) {
  const int zeros = -ExponentOf(value, 3) - 1;
  const int digits = zeros > 4 ? 1 : zeros > 2 ? 2 : 3;
  return Fixed(value, -ExponentOf(value, digits) - 1 + digits);
}

}  // namespace

FootprintFactors DefaultFactors() {
  return FootprintFactors();
}

absl::StatusOr<CarbonFactor> FindCarbonFactor(std::string_view region) {
  const std::string code = absl::AsciiStrToLower(AbslView(region));
  std::vector<std::string_view> codes;
  for (const Region& known : kRegions) {
    if (known.code == code) {
      return CarbonFactor{code, known.grams_per_kwh, known.year,
                          Concat("Ember ", known.year, " via co2.js (CC BY-SA 4.0)"), false};
    }
    codes.push_back(known.code);
  }
  return absl::NotFoundError(Concat("carbon region: ", Quoted(region), NotKnown(code, codes)));
}

GramsCo2 CarbonOf(Joules gross, const FootprintFactors& factors) {
  return GramsCo2(KilowattHours(gross) * factors.pue * factors.carbon.grams_per_kwh);
}

Money CostOf(Joules gross, const FootprintFactors& factors) {
  return {KilowattHours(gross) * factors.pue * factors.price.per_kwh, factors.price.currency};
}

std::optional<Money> RentOf(absl::Duration wall_time, const FootprintFactors& factors) {
  if (factors.rent_per_hour <= 0) return std::nullopt;
  return Money{absl::ToDoubleHours(wall_time) * factors.rent_per_hour, factors.price.currency};
}

const std::vector<Equivalence>& Equivalences() {
  static const auto& equivalences = *new std::vector<Equivalence>{
      {"phone_charges", 12.4, 2026,
       "EPA greenhouse gas equivalencies: 1.24e-5 t a smartphone charged (second-hand quote)"},
      {"car_km", 393 / kKilometresPerMile, 2026,
       "EPA greenhouse gas equivalencies: 3.93e-4 t a mile by car (second-hand quote)"},
  };
  return equivalences;
}

FleetRow FleetOf(Joules saved, Joules low, Joules high, int64_t runs_per_year,
                 const FootprintFactors& factors) {
  const double runs = static_cast<double>(runs_per_year);
  const GramsCo2 carbon = CarbonOf(saved * runs, factors);
  FleetRow row;
  row.runs_per_year = runs_per_year;
  row.kwh = KilowattHours(saved * runs);
  row.kwh_low = KilowattHours(low * runs);
  row.kwh_high = KilowattHours(high * runs);
  row.co2_kg = carbon.value() / 1000;
  row.cost = CostOf(saved * runs, factors);
  row.phone_charges = carbon.value() / Equivalences()[0].grams_co2;
  row.car_km = carbon.value() / Equivalences()[1].grams_co2;
  return row;
}

std::vector<int64_t> FleetSizes() {
  return {1'000, 10'000, 100'000, 1'000'000};
}

std::string QuantityText(double value, std::string_view unit) {
  if (value == 0) return Concat("0 ", unit);
  if (!std::isfinite(value)) return Concat(std::isnan(value) ? "NaN " : "infinite ", unit);
  // Rounded to three digits first, so that 999.6 m moves on to the next prefix.
  const int exponent = ExponentOf(value, 3);
  const int wanted = exponent >= 0 ? exponent / 3 : -((2 - exponent) / 3);
  const int group = std::max(wanted, kSmallestGroup);
  const int whole_digits = exponent - 3 * group;
  if (wanted > kLargestGroup || whole_digits < -kMostZeros) {
    return Concat(Scientific(value), " ", unit);
  }
  const double mantissa = value * std::pow(10.0, -3 * group);
  return Concat(
      whole_digits < 0 ? SmallText(mantissa) : Fixed(mantissa, std::max(0, 2 - whole_digits)), " ",
      kPrefixes[group - kSmallestGroup], unit);
}

std::string EnergyText(Joules energy) {
  return QuantityText(energy.value() / 3600, "Wh");
}

std::string CarbonText(GramsCo2 carbon) {
  // From a tonne on, as rounded: nobody says megagram.
  const bool is_tonnes = std::abs(carbon.value()) >= 999'500;
  return is_tonnes ? QuantityText(carbon.value() / 1e6, "t") : QuantityText(carbon.value(), "g");
}

std::string MoneyText(const Money& money) {
  const double size = std::abs(money.amount);
  std::string text;
  if (money.amount == 0) {
    text = "0";
  } else if (!std::isfinite(size)) {
    text = std::isnan(size) ? "NaN" : "infinite";
  } else if (size >= 1e15 || (size < 1 && ExponentOf(size, 2) < -kMostZeros - 1)) {
    text = Scientific(size);
  } else if (size >= 999'500) {
    const bool is_billions = size >= 999.5e6;
    const std::string amount = QuantityText(is_billions ? size / 1e9 : size / 1e6, "");
    text = Concat(std::string_view(amount).substr(0, amount.find(' ')),
                  is_billions ? " billion" : " million");
  } else if (size >= 999.995) {
    text = CountText(std::llround(size));
  } else {
    text = size < 0.995 ? SmallText(size) : Fixed(size, 2);
    // Cents have two decimals; 0.5 is 0.50 and 0.120 is 0.12.
    while (size < 0.995 && text.size() > 4 && text.back() == '0') text.pop_back();
  }
  const std::string_view sign = money.amount < 0 ? "-" : "";
  return money.currency == "USD" ? Concat(sign, "$", text)
                                 : Concat(sign, text, " ", money.currency);
}

}  // namespace powerdown
