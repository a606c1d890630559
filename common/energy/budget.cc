#include "common/energy/budget.h"

#include <cmath>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr char kJoule[] = "J";
constexpr char kGram[] = "gCO2";

struct Unit {
  const char* unit;
  double factor;
};

const std::map<std::string, Unit, std::less<>>& Units() {
  static const auto& units = *new std::map<std::string, Unit, std::less<>>{
      {"J", {kJoule, 1}},       {"kJ", {kJoule, 1e3}},     {"MJ", {kJoule, 1e6}},
      {"mWh", {kJoule, 3.6}},   {"Wh", {kJoule, 3600}},    {"kWh", {kJoule, 3.6e6}},
      {"MWh", {kJoule, 3.6e9}}, {"GWh", {kJoule, 3.6e12}}, {"mgCO2", {kGram, 1e-3}},
      {"gCO2", {kGram, 1}},     {"kgCO2", {kGram, 1e3}},
  };
  return units;
}

bool IsCurrency(std::string_view text) {
  if (text.size() != 3) return false;
  for (const char letter : text) {
    if (letter < 'A' || letter > 'Z') return false;
  }
  return true;
}

absl::Status NoBudget(std::string_view text) {
  return absl::InvalidArgumentError(
      Concat("budget: value is ", Quoted(text),
             "; allowed: an amount above 0 with its unit, e.g. 5Wh, 2gCO2 or 0.01USD"));
}

}  // namespace

absl::StatusOr<Budget> ParseBudget(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && (absl::ascii_isdigit(text[digits]) || text[digits] == '.' ||
                                  text[digits] == '-' || text[digits] == '+')) {
    ++digits;
  }
  // "1e3Wh": an exponent, but not the E of EUR.
  if (digits > 0 && digits + 1 < text.size() && text[digits] == 'e' &&
      (absl::ascii_isdigit(text[digits + 1]) || text[digits + 1] == '-')) {
    digits += 2;
    while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  }
  Budget budget;
  if (!absl::SimpleAtod(AbslView(text.substr(0, digits)), &budget.amount)) return NoBudget(text);
  const std::string_view unit = StdView(absl::StripAsciiWhitespace(AbslView(text.substr(digits))));
  if (const auto known = Units().find(unit); known != Units().end()) {
    budget.unit = known->second.unit;
    budget.amount *= known->second.factor;
  } else if (IsCurrency(unit)) {
    budget.unit = std::string(unit);
  } else {
    return NoBudget(text);
  }
  if (!std::isfinite(budget.amount) || budget.amount <= 0) return NoBudget(text);
  return budget;
}

std::string BudgetText(const Budget& budget) {
  if (budget.unit == kJoule) return EnergyText(Joules(budget.amount));
  if (budget.unit == kGram) return CarbonText(GramsCo2(budget.amount));
  return MoneyText({budget.amount, budget.unit});
}

absl::StatusOr<Joules> EnergyOf(const Budget& budget, const FootprintFactors& factors) {
  if (budget.unit == kJoule) return Joules(budget.amount);
  const Joules kilowatt_hour(kJoulesPerKilowattHour);
  double per_kilowatt_hour = 0;
  if (budget.unit == kGram) {
    per_kilowatt_hour = CarbonOf(kilowatt_hour, factors).value();
  } else if (budget.unit == factors.price.currency) {
    per_kilowatt_hour = CostOf(kilowatt_hour, factors).amount;
  } else {
    return absl::InvalidArgumentError(Concat("budget: currency is ", budget.unit,
                                             "; allowed: ", factors.price.currency,
                                             ", that of this daemon's electricity price"));
  }
  if (per_kilowatt_hour <= 0) {
    return absl::InvalidArgumentError(Concat("budget: a kilowatt-hour is 0 ", budget.unit,
                                             " here, so this budget would limit nothing; use Wh"));
  }
  return kilowatt_hour * (budget.amount / per_kilowatt_hour);
}

}  // namespace powerdown
