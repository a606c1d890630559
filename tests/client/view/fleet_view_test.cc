#include "client/view/fleet_view.h"

#include <gmock/gmock.h>

#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"
#include "common/run/run_json.h"
#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

class FleetViewTest : public ViewTest {
 protected:
  void SetUp() override {
    ViewTest::SetUp();
    state_.view = ViewName::kFleet;
  }
};

// What `powerdown compare COMPARISON --output json` prints as "fleet".
TEST_F(FleetViewTest, EveryNumberIsTheOneOfTheCommandLine) {
  LoadRecording();
  const Json json = ComparisonJson(*model_.shown_comparison());
  const std::string text = Text();
  ASSERT_EQ(json.at("fleet").size(), 4u);
  for (const Json& row : json.at("fleet")) {
    const auto number = [&](const char* key) { return row.at(key).get<double>(); };
    EXPECT_THAT(text, HasSubstr(CountText(row.at("runs_per_year"))));
    EXPECT_THAT(text, HasSubstr(QuantityText(number("kwh") * 1000, "Wh")));
    EXPECT_THAT(text, HasSubstr(CarbonText(GramsCo2(number("co2_kg") * 1000))));
    EXPECT_THAT(text, HasSubstr(MoneyText({row.at("cost").at("amount").get<double>(),
                                           row.at("cost").at("currency")})));
    EXPECT_THAT(text, HasSubstr(SignificantText(number("phone_charges"))));
    EXPECT_THAT(text, HasSubstr(QuantityText(number("car_km") * 1000, "m")));
  }
}

TEST_F(FleetViewTest, SliderSaysWhatSoManyRunsSave) {
  LoadRecording();
  state_.fleet.exponent = 4;
  const FleetRow& row = model_.shown_comparison()->fleet[1];
  EXPECT_EQ(row.runs_per_year, 10000);
  EXPECT_THAT(Text(), HasSubstr(Concat("Stopping 10,000 such runs a year in time saves ",
                                       QuantityText(row.kwh * 1000, "Wh"))));
}

TEST_F(FleetViewTest, TheShareIsProjectedToAPublishedTraining) {
  LoadRecording();
  state_.fleet.training = 2;
  state_.fleet.projected_exponent = 1;
  const double share = model_.shown_comparison()->saved->share;
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("Stopping 10 runs a year in time would save " +
                              QuantityText(1507e3 * 10 * share, "Wh")));
  EXPECT_THAT(text, HasSubstr("Projected, not measured: this run's saved share of " +
                              PercentText(share, 1)));
  EXPECT_THAT(text, HasSubstr("Strubell"));
  EXPECT_THAT(text, HasSubstr("From one to a thousand runs, projected"));
}

TEST_F(FleetViewTest, WhatOtherSchedulesWouldHaveWastedIsBesideIt) {
  LoadRecording();
  const Comparison& comparison = *model_.shown_comparison();
  ASSERT_EQ(comparison.recuts.size(), 2u);
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(comparison.schedule_policy));
  for (const Recut& recut : comparison.recuts) {
    EXPECT_THAT(text, HasSubstr(recut.policy));
    EXPECT_THAT(text, HasSubstr(CountText(recut.max_steps)));
    EXPECT_THAT(text, HasSubstr(PercentText(*recut.share, 1)));
  }
}

TEST_F(FleetViewTest, WithoutASavingSaysWhatToDo) {
  EXPECT_THAT(Text(), HasSubstr("Finish a comparison (1)"));
}

}  // namespace
}  // namespace powerdown
