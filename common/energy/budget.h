// How much a run or a user may use, in energy, carbon or money: "5Wh", "2gCO2", "0.01USD". Energy
// is the currency: the others are turned into joules with the daemon's factors. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/energy/footprint.h"
#include "common/energy/units.h"

namespace powerdown {

struct Budget {
  std::string unit;  // "J", "gCO2", or the three letters of a currency
  double amount = 0;

  bool operator==(const Budget&) const = default;
};

// A number and a unit: J kJ MJ mWh Wh kWh MWh GWh, mgCO2 gCO2 kgCO2, or a currency (USD; $ is not
// taken). InvalidArgument names what is allowed; an amount must be finite and above 0.
absl::StatusOr<Budget> ParseBudget(std::string_view text);
std::string BudgetText(const Budget& budget);  // "5.00 Wh", "2.00 g", "$0.01"

// The gross energy that the budget is worth. InvalidArgument when its currency is not the price's,
// or when the factor is 0: such a budget bounds nothing.
absl::StatusOr<Joules> EnergyOf(const Budget& budget, const FootprintFactors& factors);

}  // namespace powerdown
