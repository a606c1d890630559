#include "client/model/phrases.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

TEST(PhrasesTest, PointsSayTheSign) {
  EXPECT_EQ(PointsText(-0.0023), "-0.23 points");
  EXPECT_EQ(PointsText(0.01), "+1.00 points");
  EXPECT_EQ(PointsText(0), "no change");
  EXPECT_EQ(PointsText(-0.00001), "under 0.01 points");
}

TEST(PhrasesTest, ThreeSignificantDigits) {
  EXPECT_EQ(SignificantText(0.0110), "0.0110");
  EXPECT_EQ(SignificantText(12.34), "12.3");
  EXPECT_EQ(SignificantText(999.7), "1,000");
  EXPECT_EQ(SignificantText(45678), "45,700");
  EXPECT_EQ(SignificantText(1), "1.00");
  EXPECT_EQ(SignificantText(0), "0");
}

TEST(PhrasesTest, AgesHaveOneUnit) {
  EXPECT_EQ(AgeText(absl::Seconds(-3)), "0 s");  // the box's clock is ahead of the laptop's
  EXPECT_EQ(AgeText(absl::Seconds(65)), "1 min");
  EXPECT_EQ(AgeText(absl::Hours(47)), "47 h");
  EXPECT_EQ(AgeText(absl::Hours(49)), "2 days");
}

TEST(PhrasesTest, DurationsForPeople) {
  EXPECT_EQ(DurationText(absl::Milliseconds(200)), "under 1 s");
  EXPECT_EQ(DurationText(absl::Seconds(65)), "1 min 5 s");
  EXPECT_EQ(DurationText(absl::Minutes(200)), "3 h 20 min");
  EXPECT_EQ(DurationText(absl::Hours(50)), "2 days 2 h");
}

TEST(PhrasesTest, EnergyIsLabelledWithItsSourceAndBand) {
  EXPECT_EQ(EnergyLabel(SampleEnergy(100)), "estimate ±40%");
  EnergyFigure measured = SampleEnergy(100);
  measured.source = "rapl";
  measured.low = measured.high = measured.gross;
  EXPECT_EQ(EnergyLabel(measured), "measured (rapl)");
  measured.high = Joules(101);
  EXPECT_EQ(EnergyLabel(measured), "measured (rapl) ±1.0%");
  measured.source = "imported";
  EXPECT_EQ(EnergyLabel(measured), "imported, band unknown");
  EXPECT_EQ(EnergyOrUnknown(std::nullopt), "not known yet");
}

TEST(PhrasesTest, DefaultFactorsSayThatTheyAreDefaults) {
  FootprintFactors factors = DefaultFactors();
  EXPECT_EQ(CarbonFactorText(factors),
            "472.9 g CO2/kWh (world 2024: Ember 2024 via co2.js (CC BY-SA 4.0); default)");
  factors.price.is_default = false;
  EXPECT_EQ(PriceFactorText(factors).find("default"), std::string::npos);
}

}  // namespace
}  // namespace powerdown
