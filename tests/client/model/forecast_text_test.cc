#include "client/model/forecast_text.h"

#include <gmock/gmock.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Forecast ForecastAt(int64_t made_at, int64_t grok_step, double probability) {
  Forecast forecast;
  forecast.made_at_step = made_at;
  forecast.grok_step = grok_step;
  forecast.bands = {{0.8, grok_step - 100, grok_step + 300}};
  forecast.will_grok_probability = probability;
  return forecast;
}

Run RunWith(std::optional<Forecast> first, std::optional<int64_t> grok_step) {
  Run run;
  run.state = RunState::kFinished;
  run.steps = run.max_steps = 3000;
  run.forecast = run.first_forecast = std::move(first);
  run.grok_step = grok_step;
  return run;
}

TEST(ForecastTextTest, HasItsIntervalAndProbability) {
  EXPECT_EQ(ForecastText(ForecastAt(240, 655, 0.97), 3000),
            "groks near step 655 (555 to 955), p = 0.97");
}

// A plateau was told 2,511, then 11,717, then 26,324.
TEST(ForecastTextTest, BelowAnEvenChanceNoStepIsNamed) {
  for (const int64_t step : {2511, 11717, 26324}) {
    EXPECT_EQ(ForecastText(ForecastAt(240, step, 0.31), 3000),
              "probably will not grok within 3,000 steps (p = 0.31)");
  }
  EXPECT_THAT(ForecastText(ForecastAt(240, 2511, 0.5), 3000), HasSubstr("2,511"));
}

TEST(ForecastTextTest, TheFirstAfterMemorisingIsHeldAgainstTheGrok) {
  powerdown::Run run = RunWith(ForecastAt(240, 600, 0.9), 720);
  run.forecast = ForecastAt(700, 715, 0.99);
  EXPECT_EQ(ForecastOutcome(run),
            "predicted 600 (500 to 900) at step 240; grokked at 720, 20% later");
  run.grok_step = 540;
  EXPECT_THAT(ForecastOutcome(run), HasSubstr("grokked at 540, 10% sooner"));
}

TEST(ForecastTextTest, AForecastMadeAfterTheGrokIsNone) {
  const powerdown::Run run = RunWith(ForecastAt(800, 720, 0.99), 720);
  EXPECT_EQ(JudgedForecast(run), nullptr);
  EXPECT_THAT(ForecastOutcome(run), HasSubstr("no forecast was made before it grokked"));
}

TEST(ForecastTextTest, ARunThatWasToldNotToGrokIsHeldToThatToo) {
  EXPECT_EQ(ForecastOutcome(RunWith(ForecastAt(240, 9000, 0.12), std::nullopt)),
            "predicted not to grok within 3,000 steps (p = 0.12) at step 240; did not grok within "
            "3,000 steps");
  EXPECT_THAT(ForecastOutcome(RunWith(std::nullopt, std::nullopt)), Not(HasSubstr("predicted")));
}

}  // namespace
}  // namespace powerdown
