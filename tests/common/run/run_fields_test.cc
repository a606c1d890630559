#include "common/run/run_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/base/json.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"
#include "tests/support/any_values.h"

namespace powerdown {
namespace {

// Through text, as it is stored and sent.
template <unsigned kWithout = kNotInJson, typename T, typename Read>
void ExpectReadBack(const T& value, const Json& json, Read read) {
  const auto parsed = ParseJson(JsonText(json));
  RC_ASSERT(parsed.ok());
  const absl::StatusOr<T> back = read(*parsed);
  RC_LOG() << JsonText(json) << "\n" << back.status() << "\n";
  RC_ASSERT(back.ok());
  RC_ASSERT(Difference<kWithout>(value, *back) == "");
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfARunIsReadBack, ()) {
  const auto run = AnyOf<powerdown::Run>();
  ExpectReadBack(run, RunJson(run), RunFromJson);
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfAReportIsReadBack, ()) {
  const auto report = AnyOf<StepReport>();
  ExpectReadBack(report, ReportJson(report), ReportFromJson);
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfAnEventIsReadBack, ()) {
  const auto event = AnyOf<RunEvent>();
  ExpectReadBack(event, EventJson(event), EventFromJson);
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfAComparisonIsReadBack, ()) {
  const auto comparison = AnyOf<Comparison>();
  ExpectReadBack(comparison, ComparisonJson(comparison), ComparisonFromJson);
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfAForecastIsReadBack, ()) {
  const auto forecast = AnyOf<Forecast>();
  ExpectReadBack(forecast, ForecastJson(forecast), ForecastFromJson);
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfAQuizIsReadBack, ()) {
  const auto quiz = AnyOf<QuizResult>();
  ExpectReadBack(quiz, QuizJson(quiz), QuizFromJson);
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfAGridIsReadBack, ()) {
  const auto grid = AnyOf<AnswerGrid>();
  ExpectReadBack<kPlain>(grid, GridJson(grid), GridFromJson);
}

RC_GTEST_PROP(RunFieldsTest, EveryFieldOfALedgerIntervalIsReadBack, ()) {
  const auto interval = AnyOf<LedgerInterval>();
  ExpectReadBack(interval, LedgerJson(interval), LedgerFromJson);
}

TEST(RunFieldsTest, AFieldThatIsMissingOrOfAnotherTypeIsNamed) {
  Json json = RunJson(powerdown::Run());
  json["steps"] = "many";
  EXPECT_EQ(RunFromJson(json).status().message(), R"("steps" is not a whole number)");
  json.erase("steps");
  EXPECT_EQ(RunFromJson(json).status().message(), R"("steps" is missing)");
  json["steps"] = 1;
  json["attempts"] = Json::array({{{"attempt", 1}}});
  EXPECT_EQ(RunFromJson(json).status().message(), R"(attempts: "first_step" is missing)");
  json["attempts"] = Json::array();
  json["tags"] = {"a", 5};
  EXPECT_EQ(RunFromJson(json).status().message(), R"("tags" has an item that is not text)");
}

TEST(RunFieldsTest, WhatAnOlderProgramDidNotWriteKeepsItsDefault) {
  constexpr char kOld[] =
      R"({"state":"finished","steps":5,"max_steps":9,"created_at":"2023-11-14T22:13:20Z"})";
  const auto run = RunFromJson(*ParseJson(kOld));
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->auto_stop, AutoStop::kOn);
  EXPECT_EQ(run->abandon, AutoStop::kOff);
  EXPECT_FALSE(HasSpec(*run));
  EXPECT_FALSE(run->budget.has_value());
  EXPECT_FALSE(run->is_private);
}

TEST(RunFieldsTest, ImportedEnergyHasNoBand) {
  powerdown::Run run;
  run.energy.emplace();
  run.energy->gross = run.energy->low = run.energy->high = Joules(7);
  run.energy->source = kImportedSource;
  const Json json = RunJson(run);
  EXPECT_TRUE(json["energy"]["low_joules"].is_null());
  EXPECT_TRUE(json["energy"]["high_joules"].is_null());
  EXPECT_EQ(RunFromJson(json)->energy, run.energy);
}

TEST(RunFieldsTest, GridsThatDoNotFitAreRefused) {
  AnswerGrid grid;
  grid.symbols = 1;
  grid.answers = grid.expected = {0};
  grid.origins = {AnswerGrid::Origin::kHeldOut};
  grid.confidences = {255};
  const Json json = GridJson(grid);
  ASSERT_TRUE(GridFromJson(json).ok());
  for (const auto& [key, wrong] : std::initializer_list<std::pair<const char*, Json>>{
           {"answers", Json::array()},
           {"expected", Json::array({Json::array({1, 2})})},
           {"held_out", Json::array({Json::array({1})})},
           {"probabilities", Json::array({Json::array({true})})},
           {"probabilities", Json::array({Json::array({1e9})})}}) {
    Json damaged = json;
    damaged[key] = wrong;
    EXPECT_THAT(std::string(GridFromJson(damaged).status().message()), ::testing::HasSubstr(key));
  }
}

}  // namespace
}  // namespace powerdown
