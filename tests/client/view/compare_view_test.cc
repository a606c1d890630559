#include "client/view/compare_view.h"

#include <gmock/gmock.h>

#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"
#include "common/forecast/grok_features.h"
#include "common/run/run_json.h"
#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using testing::HasSubstr;
using testing::Not;

class CompareViewTest : public ViewTest {
 protected:
  void SetUp() override {
    ViewTest::SetUp();
    LoadRecording();
    state_.view = ViewName::kCompare;
  }
  void ReadPredictor() {
    std::ifstream file(POWERDOWN_SOURCE_DIR "/deploy/recorded/predictor.json");
    std::ostringstream text;
    text << file.rdbuf();
    auto predictor = Predictor::FromJson(text.str());
    ASSERT_TRUE(predictor.ok()) << predictor.status();
    model_.Apply(WeightsRead{std::make_shared<const Predictor>(*std::move(predictor))});
  }
};

std::string EnergyIn(const Json& json, const char* key) {
  return EnergyText(Joules(json.at(key).get<double>()));
}

// What `powerdown compare COMPARISON --output json` prints.
TEST_F(CompareViewTest, EveryNumberIsTheOneOfTheCommandLine) {
  for (const auto& [id, comparison] : model_.comparisons()) {
    model_.ShowComparison(id);
    const Json json = ComparisonJson(comparison);
    const std::string text = Text();
    EXPECT_THAT(text, HasSubstr(EnergyIn(json.at("usual").at("energy"), "gross_joules")));
    EXPECT_THAT(text, HasSubstr(EnergyIn(json.at("stopped").at("energy"), "gross_joules")));
    const Json& saved = json.at("saved");
    EXPECT_THAT(text, HasSubstr(EnergyIn(saved, "gross_joules")));
    EXPECT_THAT(text, HasSubstr(CarbonText(GramsCo2(saved.at("co2_grams").get<double>()))));
    EXPECT_THAT(text, HasSubstr(MoneyText({saved.at("cost").at("amount").get<double>(),
                                           saved.at("cost").at("currency")})));
    EXPECT_THAT(text, HasSubstr(PercentText(saved.at("share").get<double>(), 1)));
    EXPECT_THAT(text, HasSubstr(Concat("memorised ", CountText(json.at("memorised_step")))));
    EXPECT_THAT(text, HasSubstr(Concat("grokked ", CountText(json.at("grok_step")))));
    EXPECT_THAT(text,
                HasSubstr(Concat("stopped here ", CountText(json.at("stopped").at("steps")))));
  }
}

TEST_F(CompareViewTest, ForecastIsTheOneOfTheCommandLineWithItsInterval) {
  ReadPredictor();
  const std::string text = Text();
  const Expectation expected = Expect(state_.compare.spec, "twice-median", model_.runs(), nullptr);
  // As `powerdown forecast --max-steps BUDGET` makes it.
  const Forecast forecast =
      model_.predictor()->Before(SpecFeatures(state_.compare.spec), expected.schedule_steps);
  ASSERT_TRUE(forecast.grok_step.has_value());
  EXPECT_THAT(text, HasSubstr(CountText(*forecast.grok_step)));
  const ForecastBand* band = ShownBand(forecast);
  ASSERT_NE(band, nullptr);
  EXPECT_THAT(text, HasSubstr(Concat(CountText(band->low_step), " to ")));
  for (const char* fact : {"groks at", "stopped", "CO₂", "money", "as usual"}) {
    EXPECT_THAT(text, HasSubstr(fact));
  }
  EXPECT_THAT(text, HasSubstr(model_.predictor()->name()));
}

TEST_F(CompareViewTest, EnergyOfAForecastComesWithAnInterval) {
  ReadPredictor();
  const Expectation expected =
      Expect(state_.compare.spec, "twice-median", model_.runs(), model_.predictor());
  ASSERT_TRUE(expected.stopped_joules && expected.usual_joules);
  for (const ExpectedValue& joules : {*expected.stopped_joules, *expected.usual_joules}) {
    ASSERT_TRUE(joules.low && joules.high);
    EXPECT_LT(*joules.low, joules.likely);
    EXPECT_LT(joules.likely, *joules.high);
  }
  EXPECT_LT(expected.stopped_joules->likely, expected.usual_joules->likely);
}

TEST_F(CompareViewTest, StartsWhatIsSetUpOnceConnected) {
  state_.compare.spec.modulus = 43;
  EXPECT_EQ(Find<StartComparison>(Press('n')), nullptr);
  EXPECT_THAT(Text(), HasSubstr("Connect to a server first (6)."));
  Connect();
  Frame();
  const Intents intents = Press('n');
  ASSERT_NE(Find<StartComparison>(intents), nullptr);
  EXPECT_EQ(Find<StartComparison>(intents)->spec.modulus, 43);
}

TEST_F(CompareViewTest, RefusesASpecThatNobodyCanTrain) {
  Connect();
  state_.compare.spec.modulus = 1;
  EXPECT_EQ(Find<StartComparison>(Press('n')), nullptr);
  EXPECT_THAT(Text(), HasSubstr("modulus"));
}

}  // namespace
}  // namespace powerdown
