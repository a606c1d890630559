#include "common/energy/footprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdlib>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(FootprintTest, EveryFactorHasSourceAndYear) {
  const FootprintFactors factors = DefaultFactors();
  EXPECT_TRUE(factors.is_default());
  EXPECT_EQ(factors.carbon.grams_per_kwh, 472.9);
  EXPECT_EQ(factors.price.per_kwh, 0.1249);
  EXPECT_FALSE(factors.carbon.source.empty() || factors.price.source.empty());
  EXPECT_EQ(factors.pue, 1.0);
  for (const Equivalence& equivalence : Equivalences()) {
    EXPECT_FALSE(equivalence.source.empty());
    EXPECT_GE(equivalence.year, 2020);
  }
}

TEST(FootprintTest, RegionsAreEmbers) {
  const auto germany = FindCarbonFactor("DE");
  ASSERT_TRUE(germany.ok());
  EXPECT_EQ(germany->grams_per_kwh, 342.1);
  EXPECT_FALSE(germany->is_default);
  EXPECT_EQ(FindCarbonFactor("is")->year, 2023);
  EXPECT_EQ(FindCarbonFactor("atlantis").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(FindCarbonFactor("xx").status().message()), HasSubstr("world, eu, de"));
}

TEST(FootprintTest, CarbonAndCostFollowTheFactors) {
  FootprintFactors factors = DefaultFactors();
  const Joules kilowatt_hour(3.6e6);
  EXPECT_NEAR(CarbonOf(kilowatt_hour, factors).value(), 472.9, 1e-9);
  EXPECT_NEAR(CostOf(kilowatt_hour, factors).amount, 0.1249, 1e-12);
  factors.pue = 1.5;
  EXPECT_NEAR(CarbonOf(kilowatt_hour, factors).value(), 472.9 * 1.5, 1e-9);
  EXPECT_EQ(CostOf(kilowatt_hour, factors).currency, "USD");
}

TEST(FootprintTest, FleetMatchesTheReferencesScaleCheck) {
  // 20 Wh in Germany: 6.8 g, 0.55 of a phone charge (docs/energy.md).
  FootprintFactors factors = DefaultFactors();
  factors.carbon = *FindCarbonFactor("de");
  const FleetRow row = FleetOf(Joules(72000), Joules(60000), Joules(80000), 1000, factors);
  EXPECT_NEAR(row.kwh, 20, 1e-9);
  EXPECT_NEAR(row.kwh_low, 60.0 / 3.6, 1e-9);
  EXPECT_NEAR(row.co2_kg, 6.842, 1e-9);
  EXPECT_NEAR(row.phone_charges, 551.8, 0.1);
  EXPECT_NEAR(row.car_km, 6842 / 244.2, 0.01);
  EXPECT_NEAR(row.cost.amount, 20 * 0.1249, 1e-9);
}

TEST(FootprintTest, FleetsGoFromAThousandToAMillion) {
  EXPECT_EQ(FleetSizes(), (std::vector<int64_t>{1000, 10000, 100000, 1000000}));
}

TEST(QuantityTextTest, ThreeDigitsAndAPrefix) {
  EXPECT_EQ(QuantityText(0.00123, "Wh"), "1.23 mWh");
  EXPECT_EQ(QuantityText(12.34, "Wh"), "12.3 Wh");
  EXPECT_EQ(QuantityText(123456, "Wh"), "123 kWh");
  EXPECT_EQ(QuantityText(-0.5, "g"), "-500 mg");
  EXPECT_EQ(QuantityText(1, "Wh"), "1.00 Wh");
  EXPECT_EQ(QuantityText(1.23e-6, "Wh"), "0.00123 mWh");
  EXPECT_EQ(QuantityText(4.26e-8, "Wh"), "0.000043 mWh");
}

TEST(QuantityTextTest, RoundingMovesOnToTheNextPrefix) {
  EXPECT_EQ(QuantityText(0.9996, "Wh"), "1.00 Wh");
  EXPECT_EQ(QuantityText(999.4, "Wh"), "999 Wh");
  EXPECT_EQ(QuantityText(999.6, "Wh"), "1.00 kWh");
  EXPECT_EQ(QuantityText(9.996, "Wh"), "10.0 Wh");
}

TEST(QuantityTextTest, ZeroAndTheEndsOfThePrefixes) {
  EXPECT_EQ(QuantityText(0, "Wh"), "0 Wh");
  EXPECT_EQ(QuantityText(1e-12, "Wh"), "0.000000001 mWh");
  EXPECT_EQ(QuantityText(1.5e-13, "Wh"), "1.50e-13 Wh");
  EXPECT_EQ(QuantityText(999e12, "Wh"), "999 TWh");
  EXPECT_EQ(QuantityText(1e15, "Wh"), "1.00e+15 Wh");
  EXPECT_EQ(QuantityText(std::nan(""), "Wh"), "NaN Wh");
}

RC_GTEST_PROP(QuantityTextProperty, NeverPrintsSomethingAsZeroAndStaysWithinHalfAPercent, ()) {
  const double mantissa = *rc::gen::inRange(1, 1000000) / 1000.0;
  const double value = mantissa * std::pow(10.0, *rc::gen::inRange(-20, 20));
  const std::string text = QuantityText(value, "");
  const size_t space = text.find(' ');
  const std::string prefix = text.substr(space + 1);
  double scale = 1;
  const std::map<std::string, double> scales = {{"m", 1e-3}, {"", 1},    {"k", 1e3},
                                                {"M", 1e6},  {"G", 1e9}, {"T", 1e12}};
  if (scales.count(prefix) > 0) scale = scales.at(prefix);
  const double shown = std::atof(text.c_str());
  RC_ASSERT(shown > 0);
  // Fewer digits where there are many zeros.
  const double rounding = shown < 1e-5 ? 0.501 : shown < 0.001 ? 0.0501 : 0.00501;
  RC_ASSERT(std::abs(shown * scale / value - 1) < rounding);
  RC_ASSERT(text.find('e') != text.npos || shown < 1000);
}

TEST(FootprintTextTest, EachQuantityHasItsUnit) {
  EXPECT_EQ(EnergyText(Joules(3.6)), "1.00 mWh");
  EXPECT_EQ(CarbonText(GramsCo2(0.0123)), "12.3 mg");
  EXPECT_EQ(CarbonText(GramsCo2(472'900)), "473 kg");
  EXPECT_EQ(CarbonText(GramsCo2(999'700)), "1.00 t");
  EXPECT_EQ(CarbonText(GramsCo2(4.7e6)), "4.70 t");
}

TEST(FootprintTextTest, MoneyIsWrittenAsPeopleWriteIt) {
  const std::pair<double, const char*> amounts[] = {{0, "$0"},
                                                    {7.14e-7, "$0.0000007"},
                                                    {0.00123, "$0.00123"},
                                                    {0.5, "$0.50"},
                                                    {0.1249, "$0.125"},
                                                    {0.9949, "$0.995"},
                                                    {0.9951, "$1.00"},
                                                    {12.3, "$12.30"},
                                                    {999.994, "$999.99"},
                                                    {999.996, "$1,000"},
                                                    {1234.5, "$1,235"},
                                                    {999'499, "$999,499"},
                                                    {999'501, "$1.00 million"},
                                                    {4.56e9, "$4.56 billion"},
                                                    {-0.02, "-$0.02"},
                                                    {1e-20, "$1.00e-20"}};
  for (const auto& [amount, text] : amounts) EXPECT_EQ(MoneyText({amount, "USD"}), text);
  EXPECT_EQ(MoneyText({0.00123, "EUR"}), "0.00123 EUR");
  EXPECT_EQ(MoneyText({-1500, "JPY"}), "-1,500 JPY");
  EXPECT_EQ(MoneyText({std::nan(""), "USD"}), "$NaN");
}

TEST(FootprintTest, RentIsOfTheTimeAndUnknownWhereNothingIsRented) {
  FootprintFactors factors = DefaultFactors();
  EXPECT_FALSE(RentOf(absl::Hours(2), factors));
  factors.rent_per_hour = 0.8;
  const auto rent = RentOf(absl::Minutes(90), factors);
  ASSERT_TRUE(rent);
  EXPECT_NEAR(rent->amount, 1.2, 1e-12);
  EXPECT_EQ(rent->currency, factors.price.currency);
}

}  // namespace
}  // namespace powerdown
