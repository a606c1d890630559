#include "common/study/simulated_run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/task/task.h"

namespace powerdown {
namespace {

Forecast Expecting(int64_t grok_step) {
  Forecast forecast;
  forecast.grok_step = grok_step;
  return forecast;
}

TEST(SimulatedRunTest, GroksWhereTheForecastSays) {
  const SimulationBasis basis{.memorised_step = 80, .joules_per_step = 0.02};
  const auto bundle = SimulateRun(RunSpec(), Expecting(2000), basis);
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_NEAR(static_cast<double>(*bundle->run.grok_step), 2000, 100);
  EXPECT_NEAR(static_cast<double>(*bundle->run.memorised_step), 80, 10);
  EXPECT_NEAR(ReportsOf(*bundle).back().energy->value(), 80, 1e-9);
}

TEST(SimulatedRunTest, SaysThatItIsModelled) {
  const auto bundle = SimulateRun(RunSpec(), Expecting(300), {});
  ASSERT_TRUE(bundle.ok());
  EXPECT_EQ(bundle->run.origin, kModelled);
  EXPECT_EQ(bundle->run.tags, std::vector<std::string>{kModelled});
  EXPECT_NE(bundle->run.name.find("modelled"), std::string::npos);
}

TEST(SimulatedRunTest, NeverGroksWhereThatIsTheLikelier) {
  Forecast forecast = Expecting(2000);
  forecast.will_grok_probability = 0.3;
  RunSpec spec;
  spec.max_steps = 5000;
  const auto bundle = SimulateRun(spec, forecast, {.memorised_step = 80});
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_FALSE(bundle->run.grok_step);
  EXPECT_TRUE(bundle->run.memorised_step);
  EXPECT_EQ(ReportsOf(*bundle).back().evaluation.step, 5000);
}

TEST(SimulatedRunTest, MakesUpNothingThatIsNotModelled) {
  const auto bundle = SimulateRun(RunSpec(), Expecting(300), {});
  ASSERT_TRUE(bundle.ok());
  const StepReport last = ReportsOf(*bundle).back();
  EXPECT_FALSE(last.gradient_norm || last.weight_norm);
  EXPECT_FALSE(last.energy);  // no run that it leans on was metered
}

TEST(SimulatedRunTest, RefusesWhatIsUnfamiliar) {
  Forecast unfamiliar;
  unfamiliar.is_unfamiliar = true;
  EXPECT_TRUE(absl::IsFailedPrecondition(SimulateRun(RunSpec(), unfamiliar, {}).status()));
}

TEST(SimulatedRunTest, RandomLabelsAreMemorisedAndNoMore) {
  Forecast never;
  never.will_grok_probability = 0;
  RunSpec spec;
  spec.task = kRandomLabels;
  spec.max_steps = 3000;
  const auto bundle = SimulateRun(spec, never, {.memorised_step = 80});
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_FALSE(bundle->run.grok_step);
  EXPECT_TRUE(bundle->run.memorised_step);
}

}  // namespace
}  // namespace powerdown
