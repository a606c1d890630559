#include "common/forecast/held_out.h"
#include "common/base/json.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

Forecast MadeAt(int64_t step, int64_t grok_step) {
  return {.made_at_step = step,
          .grok_step = grok_step,
          .bands = {{.confidence = 0.8, .low_step = grok_step / 2, .high_step = grok_step * 2}},
          .will_grok_probability = 0.75,
          .model = "cure-1 without addition"};
}

RunBundle BundleWithSteps(const std::vector<int64_t>& steps) {
  RunBundle bundle;
  bundle.run.run_id = "01a";
  for (const int64_t step : steps) {
    StepReport report;
    report.run_id = "01a";
    report.evaluation.step = step;
    report.time = absl::FromUnixSeconds(step);
    bundle.updates.push_back(report);
  }
  return bundle;
}

TEST(HeldOutTest, ReadsBackWhatItWrites) {
  const HeldOutForecasts written{"01a", "addition", {MadeAt(0, 900), MadeAt(112, 700)}};
  const auto read = ParseHeldOut(HeldOutJson(written).dump() + "\n\n");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->front().run_id, "01a");
  EXPECT_EQ(read->front().operation, "addition");
  EXPECT_EQ(read->front().forecasts, written.forecasts);
}

TEST(HeldOutTest, ALineThatIsNoForecastIsNamed) {
  const auto read = ParseHeldOut("{\"run_id\":\"01a\",\"forecasts\":[]}\n{\"run_id\":1}\n");
  EXPECT_NE(std::string(read.status().message()).find(":2: "), std::string::npos);
}

TEST(HeldOutTest, ForecastsStandWhereTheyWouldHaveBeenMade) {
  RunBundle bundle = BundleWithSteps({10, 112, 200});
  TellForecasts({MadeAt(0, 900), MadeAt(112, 700)}, bundle);
  ASSERT_EQ(bundle.updates.size(), 5u);
  const auto& before = std::get<RunEvent>(bundle.updates[0]);
  EXPECT_EQ(before.kind, EventKind::kForecast);
  EXPECT_EQ(before.step, 0);
  const auto& later = std::get<RunEvent>(bundle.updates[3]);
  EXPECT_EQ(later.step, 112);
  EXPECT_EQ(later.time, absl::FromUnixSeconds(112));
  EXPECT_NE(later.details_json.find("\"grok_step\":700"), std::string::npos);
}

}  // namespace
}  // namespace powerdown
