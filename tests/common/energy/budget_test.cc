#include "common/energy/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(BudgetTest, TakesEnergyCarbonAndMoney) {
  EXPECT_EQ(*ParseBudget("5Wh"), (Budget{"J", 18000}));
  EXPECT_EQ(*ParseBudget("1.5 kJ"), (Budget{"J", 1500}));
  EXPECT_EQ(*ParseBudget("1e3J"), (Budget{"J", 1000}));
  EXPECT_EQ(*ParseBudget("2gCO2"), (Budget{"gCO2", 2}));
  EXPECT_EQ(*ParseBudget("0.01USD"), (Budget{"USD", 0.01}));
  EXPECT_EQ(*ParseBudget("3EUR"), (Budget{"EUR", 3}));
}

TEST(BudgetTest, RefusesWhatBoundsNothing) {
  for (const char* bad :
       {"", "5", "Wh", "0Wh", "-1Wh", "nanWh", "1e999J", "5wh", "5 usd", "5WhWh"}) {
    const auto status = ParseBudget(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr("5Wh, 2gCO2 or 0.01USD")) << bad;
  }
}

TEST(BudgetTest, IsWorthTheEnergyThatCostsAsMuch) {
  FootprintFactors factors = DefaultFactors();
  factors.carbon.grams_per_kwh = 500;
  factors.price.per_kwh = 0.25;
  EXPECT_EQ(*EnergyOf({"J", 42}, factors), Joules(42));
  EXPECT_NEAR(EnergyOf({"gCO2", 500}, factors)->value(), 3.6e6, 1e-6);
  EXPECT_NEAR(EnergyOf({"USD", 0.5}, factors)->value(), 7.2e6, 1e-6);
  EXPECT_THAT(EnergyOf({"EUR", 1}, factors).status().ToString(), HasSubstr("allowed: USD"));
  factors.price.per_kwh = 0;
  EXPECT_FALSE(EnergyOf({"USD", 1}, factors).ok());
}

}  // namespace
}  // namespace powerdown
