#include "common/run/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

using testing::HasSubstr;

std::string Problem(std::string_view text) {
  return std::string(ParseRunLog(text, "log.csv").status().message());
}

TEST(RunLogTest, ReadsAForeignCsvWithOnlyStepsAndAccuracies) {
  const auto reports = ParseRunLog(
      "\xEF\xBB\xBFvalidation_accuracy,note,step,train_accuracy\r\n"
      "0.1,\"a, \"\"b\"\"\",0,0.2\r\n\r\n0.5,,10,1\r\n",
      "log.csv");
  ASSERT_TRUE(reports.ok()) << reports.status();
  ASSERT_EQ(reports->size(), 2u);
  EXPECT_EQ((*reports)[1].evaluation.step, 10);
  EXPECT_EQ((*reports)[0].evaluation.validation_accuracy, 0.1);
  EXPECT_TRUE(std::isnan((*reports)[0].evaluation.train_loss));
  EXPECT_FALSE((*reports)[0].energy.has_value());
}

TEST(RunLogTest, ReadsJsonLinesAndLeavesEventsOut) {
  const auto reports = ParseRunLog(
      R"({"event":"state","step":3})"
      "\n"
      R"({"step":5,"train_accuracy":1,"validation_accuracy":0.25,"train_loss":"NaN","attempt":2})",
      "log.jsonl");
  ASSERT_TRUE(reports.ok()) << reports.status();
  ASSERT_EQ(reports->size(), 1u);
  EXPECT_EQ((*reports)[0].attempt, 2);
  EXPECT_TRUE(std::isnan((*reports)[0].evaluation.train_loss));
}

TEST(RunLogTest, NamesTheLineAndWhatIsAllowed) {
  constexpr char kHeader[] = "step,train_accuracy,validation_accuracy\n";
  EXPECT_THAT(Problem(""), HasSubstr("log.csv: has no step report"));
  EXPECT_THAT(Problem("step,loss\n1,2\n"), HasSubstr("log.csv:1: the header must name one column"));
  EXPECT_THAT(Problem(std::string(kHeader) + "0,0,0\n5,99.1,0\n"),
              HasSubstr("log.csv:3: train_accuracy is 99.1; allowed: a fraction, 0 to 1"));
  EXPECT_THAT(Problem(std::string(kHeader) + "1.5,0,0\n"), HasSubstr("allowed: a whole number"));
  EXPECT_THAT(Problem(std::string(kHeader) + "5,0,0\n5,0,0\n"), HasSubstr("steps must ascend"));
  EXPECT_THAT(Problem(std::string(kHeader) + "5,0\n"), HasSubstr("has 2 fields, the header has 3"));
  EXPECT_THAT(Problem(std::string(kHeader) + "5,x,0\n"), HasSubstr("not a number"));
  EXPECT_THAT(Problem(std::string(kHeader) + "5,,0\n"), HasSubstr("train_accuracy is missing"));
  EXPECT_THAT(Problem("{\"step\":1"), HasSubstr("not a JSON object"));
  EXPECT_THAT(
      Problem("{\"note\":\"x\"}\n{\"epoch\":1,\"train_accuracy\":1,\"validation_accuracy\":0}"),
      HasSubstr("log.csv:2: step is missing"));
}

TEST(RunLogTest, NumbersThatNoChartBearsAreNamedWithTheirLine) {
  const std::string header = "step,train_accuracy,validation_accuracy,train_loss,time\n";
  EXPECT_EQ(ParseRunLog(header + "1,0.5,0.5,1e308,\n", "log").status().message(),
            "log:2: train_loss: value is 1e+308; allowed: up to 3.5e+38");
  EXPECT_FALSE(ParseRunLog(header + "1,0.5,0.5,1,9999-01-01T00:00:00Z\n", "log").ok());
  EXPECT_FALSE(ParseRunLog(header + "1,0.5,0.5,1,infinite-future\n", "log").ok());
  EXPECT_TRUE(ParseRunLog(header + "1,0.5,0.5,NaN,2026-01-01T00:00:00Z\n", "log").ok());
}

}  // namespace
}  // namespace powerdown
