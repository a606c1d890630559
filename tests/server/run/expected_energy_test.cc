#include "server/run/expected_energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

Run Ended(double joules, int64_t steps = 100) {
  Run run;
  run.state = RunState::kStopped;
  run.steps = steps;
  run.max_steps = 1000;
  run.energy = EnergyFigure{.gross = Joules(joules)};
  return run;
}

Run New() {
  Run run;
  run.max_steps = 1000;
  return run;
}

TEST(ExpectedEnergyTest, IsTheMedianOfThreeRunsLikeIt) {
  const auto expected = ExpectEnergy(New(), {Ended(500), Ended(9000), Ended(1000)}, nullptr);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->energy, Joules(1000));
  EXPECT_THAT(expected->source, HasSubstr("the median of 3 runs like it here"));
}

TEST(ExpectedEnergyTest, WithFewerIsTheStepLimitAtTheEnergyOfAStepHere) {
  powerdown::Run run = New();
  run.auto_stop = AutoStop::kOff;
  const auto expected = ExpectEnergy(run, {Ended(200, 100), Ended(400, 200)}, nullptr);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->energy, Joules(2000));
  EXPECT_THAT(expected->source, HasSubstr("1000 steps (the run's step limit)"));
}

TEST(ExpectedEnergyTest, IsAbsentWhereNothingIsKnown) {
  powerdown::Run run = New();
  run.auto_stop = AutoStop::kOff;
  EXPECT_FALSE(ExpectEnergy(run, {}, nullptr));
  powerdown::Run other = Ended(200);
  other.spec.width *= 2;
  EXPECT_FALSE(ExpectEnergy(run, {other}, nullptr)) << "a step of another model";
  EXPECT_FALSE(ExpectEnergy(New(), {Ended(200)}, nullptr))
      << "the rule stops it, nobody knows when";
}

TEST(ExpectedEnergyTest, OnlyRunsOfItsKindAreTelling) {
  powerdown::Run other = Ended(200);
  EXPECT_TRUE(IsTelling(New(), other));
  other.spec.width *= 2;
  EXPECT_FALSE(IsTelling(New(), other));
}

}  // namespace
}  // namespace powerdown
