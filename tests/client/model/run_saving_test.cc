#include "client/model/run_saving.h"

#include <gmock/gmock.h>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

Run StoppedRun() {
  powerdown::Run run = SampleRun(790);
  run.state = RunState::kStopped;
  return run;
}

TEST(RunSavingTest, IsTheStepsLeftAtWhatAStepCostSoFar) {
  const powerdown::Run run = StoppedRun();
  const auto saved = SavedAgainstSchedule(run);
  ASSERT_TRUE(saved.has_value());
  EXPECT_NEAR(saved->gross.value(), 0.15 * (1450 - 790), 1e-9);
  EXPECT_NEAR(saved->share, 1 - 790.0 / 1450, 1e-12);
  EXPECT_NEAR(saved->share, saved->gross / (saved->gross + run.energy->gross), 1e-12);
  EXPECT_NEAR(saved->low / saved->gross, 0.6, 1e-12);
  EXPECT_NEAR(saved->cost.amount, CostOf(saved->gross, run.factors).amount, 1e-15);
}

TEST(RunSavingTest, IsUnknownWhereNothingWasLeftOrMeasured) {
  powerdown::Run run = StoppedRun();
  run.max_steps = 790;
  EXPECT_FALSE(SavedAgainstSchedule(run).has_value());
  run = StoppedRun();
  run.energy.reset();
  EXPECT_FALSE(SavedAgainstSchedule(run).has_value());
  run = StoppedRun();
  run.state = RunState::kCancelled;
  EXPECT_FALSE(SavedAgainstSchedule(run).has_value());
}

}  // namespace
}  // namespace powerdown
