#include "common/run/bundle_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "common/base/json.h"
#include "common/run/run_bundle.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

// A bundle's lines, as JSON that a test can poison.
struct Lines {
  Json header = *ParseJson(R"({"bundle":1,"ledger":[{"device":"cpu","consumer":"run/x/1",
      "start_us":0,"end_us":5,"joules":1,"low_joules":1,"high_joules":1,"source":"rapl",
      "coverage":1,"variance":0}],"run":{"run_id":"01k9abc","state":"finished","steps":20,
      "max_steps":20,"created_at":"2026-01-01T00:00:00Z","attempts":[{"attempt":1,"first_step":0,
      "last_step":20,"started_at":"2026-01-01T00:00:00Z","outcome":"finished"}]}})");
  Json report = *ParseJson(R"({"attempt":1,"step":10,"time":"2026-01-01T00:00:01Z",
      "train_loss":"NaN","train_accuracy":0.5,"validation_loss":"Infinity",
      "validation_accuracy":0.5,"gradient_norm":1,"weight_norm":1,"activation_sparsity":0})");
  Json event = *ParseJson(R"({"time":"2026-01-01T00:00:01Z","event":"forecast","step":10,
      "details":{"made_at_step":10,"grok_step":15}})");

  std::string text() const {
    return JsonText(header) + "\n" + JsonText(report) + "\n" + JsonText(event) + "\n";
  }
};

std::string ProblemOf(const std::function<void(Lines&)>& poison) {
  Lines lines;
  poison(lines);
  const absl::Status status = ParseBundles(lines.text(), "x").status();
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(BundleCheckTest, AGoodBundlePasses) {
  EXPECT_EQ(ProblemOf([](Lines&) {}), "");
}

// Each was stored before, and some of them then failed every list.
TEST(BundleCheckTest, AnEventThatCannotBeReadIsRefused) {
  EXPECT_THAT(ProblemOf([](Lines& lines) { lines.event["details"] = Json::array(); }),
              HasSubstr("x:3: details: "));
  EXPECT_THAT(ProblemOf([](Lines& lines) { lines.event["details"]["made_at_step"] = "x"; }),
              HasSubstr("made_at_step"));
  EXPECT_THAT(ProblemOf([](Lines& lines) { lines.event["details"]["made_at_step"] = -1; }),
              HasSubstr("made_at_step: value is -1; allowed: 0 to"));
  EXPECT_THAT(ProblemOf([](Lines& lines) { lines.event.erase("details"); }), HasSubstr("details"));
  EXPECT_THAT(ProblemOf([](Lines& lines) { lines.event["event"] = "exploded"; }),
              HasSubstr("event: \"exploded\" is not known to this program"));
  EXPECT_THAT(ProblemOf([](Lines& lines) {
                lines.event["event"] = "finished";
                lines.event["details"] = {{"state", "weird"}};
              }),
              HasSubstr("details: name no state"));
  EXPECT_THAT(
      ProblemOf([](Lines& lines) { lines.event["details"]["model"] = std::string(20000, 'x'); }),
      HasSubstr("details: has 20"));
}

TEST(BundleCheckTest, ALongRemarkIsCut) {
  Lines lines;
  lines.event["message"] = std::string(999, 'x') + "éé";
  const auto read = ParseBundles(lines.text(), "x");
  ASSERT_TRUE(read.ok()) << read.status();
  const auto& event = std::get<RunEvent>(read->front().updates.back());
  EXPECT_EQ(event.message, std::string(997, 'x') + "…");
}

TEST(BundleCheckTest, AReportThatNoChartBearsIsRefused) {
  const auto problem = [](const char* key, const Json& value) {
    return ProblemOf([&](Lines& lines) { lines.report[key] = value; });
  };
  EXPECT_THAT(problem("step", -1), HasSubstr("step: value is -1"));
  EXPECT_THAT(problem("step", 21), HasSubstr("where the run ended"));
  EXPECT_THAT(problem("step", uint64_t{1} << 63), HasSubstr("\"step\" is not a whole number"));
  EXPECT_THAT(problem("attempt", 0), HasSubstr("attempt: value is 0"));
  EXPECT_THAT(problem("train_accuracy", 1.5), HasSubstr("train_accuracy: value is 1.5"));
  EXPECT_THAT(problem("validation_accuracy", "NaN"), HasSubstr("a fraction, 0 to 1"));
  EXPECT_THAT(problem("train_loss", 1e308), HasSubstr("train_loss: value is 1e+308"));
  EXPECT_THAT(problem("energy_joules", "Infinity"), HasSubstr("energy_joules"));
  EXPECT_THAT(problem("power_watts", "NaN"), HasSubstr("power_watts"));
  EXPECT_THAT(problem("time", "9999999-01-01T00:00:00Z"), HasSubstr("time: "));
  EXPECT_THAT(problem("time", "infinite-future"), HasSubstr("time: the year must be"));
  EXPECT_THAT(problem("time", "2300-01-01T00:00:00Z"), HasSubstr("1900 to 2199"));
}

TEST(BundleCheckTest, StepsAscendWithinAnAttempt) {
  Lines lines;
  EXPECT_FALSE(ParseBundles(lines.text() + JsonText(lines.report) + "\n", "x").ok());
  lines.report["step"] = 5;
  const std::string earlier = JsonText(lines.report) + "\n";
  EXPECT_FALSE(ParseBundles(Lines().text() + earlier, "x").ok());
  lines.report["attempt"] = 2;
  EXPECT_TRUE(ParseBundles(Lines().text() + JsonText(lines.report) + "\n", "x").ok());
}

TEST(BundleCheckTest, ARunThatNoListBearsIsRefused) {
  const auto problem = [](const char* key, const Json& value) {
    return ProblemOf([&](Lines& lines) { lines.header["run"][key] = value; });
  };
  EXPECT_THAT(problem("steps", -5), HasSubstr("steps: value is -5"));
  EXPECT_THAT(problem("grok_step", int64_t{1} << 60), HasSubstr("grok_step"));
  EXPECT_THAT(problem("train_accuracy", -0.5), HasSubstr("train_accuracy"));
  EXPECT_THAT(problem("created_at", "0001-01-01T00:00:00Z"), HasSubstr("created_at"));
  EXPECT_THAT(problem("state", "weird"), HasSubstr("\"weird\" is not known"));
  EXPECT_THAT(problem("name", std::string(600, 'x')), HasSubstr("name: has 600 bytes"));
  EXPECT_THAT(problem("tags", Json(std::vector<std::string>(65, "x"))), HasSubstr("tags: has 65"));
  EXPECT_THAT(problem("budget", {{"unit", "J"}, {"amount", "NaN"}}), HasSubstr("amount"));
  EXPECT_THAT(problem("stop", {{"step", 1}, {"reason", "boredom"}, {"mode", "on"}}),
              HasSubstr("reason: \"boredom\""));
  EXPECT_THAT(problem("spec", {{"learning_rate", 1e300}}), HasSubstr("learning_rate"));
  EXPECT_THAT(ProblemOf([](Lines& lines) {
                Json& attempts = lines.header["run"]["attempts"];
                attempts.push_back(attempts[0]);
              }),
              HasSubstr("attempt: value is 1; allowed: whole numbers from 1 that ascend"));
  EXPECT_THAT(ProblemOf([](Lines& lines) {
                Json& attempts = lines.header["run"]["attempts"];
                for (int i = 2; i <= 1001; ++i) {
                  attempts.push_back(attempts[0]);
                  attempts.back()["attempt"] = i;
                }
              }),
              HasSubstr("attempts: has 1001 items; allowed: up to 1000"));
}

TEST(BundleCheckTest, ALedgerThatCannotBeSummedIsRefused) {
  const auto problem = [](const char* key, const Json& value) {
    return ProblemOf([&](Lines& lines) { lines.header["ledger"][0][key] = value; });
  };
  EXPECT_THAT(problem("joules", 1e308), HasSubstr("joules"));
  EXPECT_THAT(problem("end_us", INT64_MAX), HasSubstr("end_us"));
  EXPECT_THAT(problem("start_us", 6), HasSubstr("ends before it starts"));
  EXPECT_THAT(problem("coverage", 2), HasSubstr("coverage"));
  EXPECT_EQ(problem("coverage", "NaN"), "");  // of an interval without a length
  EXPECT_THAT(ProblemOf([](Lines& lines) { lines.header["ledger"] = 7; }),
              HasSubstr("ledger: is not an array"));
}

}  // namespace
}  // namespace powerdown
