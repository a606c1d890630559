#include "common/energy/projection.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(ProjectionTest, TheShareCarriesOver) {
  const SavedShare saved = *ShareOf(Joules(47), Joules(28), Joules(66), Joules(100));
  const TrainingSize bert = *FindTraining("bert-base");
  const FleetRow row = ProjectedFleet(saved, bert, 10, DefaultFactors());
  EXPECT_NEAR(row.kwh, 0.47 * 1507 * 10, 1e-6);
  EXPECT_NEAR(row.kwh_low, 0.28 * 1507 * 10, 1e-6);
  EXPECT_NEAR(row.kwh_high, 0.66 * 1507 * 10, 1e-6);
  EXPECT_EQ(ProjectionText(saved, bert),
            "Projected, not measured: this run's saved share of 47.0% (28.0% to 66.0%) at 1.51 MWh "
            "a run: BERT base (64 V100, 79 h, with PUE 1.58: Strubell et al. 2019, arXiv "
            "1906.02243).");
}

TEST(ProjectionTest, EveryPublishedSizeHasASource) {
  for (const TrainingSize& training : PublishedTrainings()) {
    EXPECT_GT(training.energy.value(), 0);
    EXPECT_NE(training.source, "");
    EXPECT_EQ(FindTraining(training.key)->name, training.name);
  }
  EXPECT_NEAR(FindTraining("llama-2-7b")->energy.value() / 3.6e9, 73.7, 0.1);
  EXPECT_THAT(FindTraining("bert").status().ToString(), HasSubstr("bert-base"));
}

TEST(ProjectionTest, AnEnergyOrGpusForSoLong) {
  EXPECT_EQ(SizeOfEnergy("50kWh")->energy, Joules(1.8e8));
  EXPECT_EQ(SizeOfEnergy("1.5MWh")->energy, Joules(5.4e9));
  EXPECT_EQ(SizeOfGpus(8, 72, 400)->energy, Joules(8 * 72 * 3600 * 400.0));
  EXPECT_EQ(SizeOfGpus(1, 0.5, 450)->name, "1 GPU, 0.5 h at 450 W");
  for (const char* bad : {"", "50", "50kW", "-1kWh", "0Wh", "nanWh", "1e999kWh", "5USD", "2gCO2"}) {
    EXPECT_FALSE(SizeOfEnergy(bad).ok()) << bad;
  }
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_FALSE(SizeOfGpus(bad, 1, 1).ok());
    EXPECT_FALSE(SizeOfGpus(1, bad, 1).ok());
    EXPECT_FALSE(SizeOfGpus(1, 1, bad).ok());
  }
}

RC_GTEST_PROP(ProjectionProperty, AShareIsAPartOfAWhole, ()) {
  const auto joules = [] { return Joules(*rc::gen::inRange(-1000, 1000)); };
  const Joules gross = joules();
  const auto saved = ShareOf(joules(), joules(), joules(), gross);
  RC_ASSERT(saved.ok() == (gross > Joules(0)));
  if (!saved.ok()) return;
  for (const double share : {saved->share, saved->low, saved->high}) {
    RC_ASSERT(share >= 0 && share <= 1);
  }
}

}  // namespace
}  // namespace powerdown
