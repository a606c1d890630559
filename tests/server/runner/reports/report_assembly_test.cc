#include "server/runner/reports/report_assembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/runner/reports/reports_as_text.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ReportAssembly Assembly(const RowReading& reading = {}) {
  return *ReportAssembly::Create({.is_percent = false}, reading);
}

std::vector<std::string> Ready(ReportAssembly& assembly) {
  std::vector<std::string> texts;
  for (const ProgramReport& report : assembly.Release(1000)) texts.push_back(TextOf(report));
  return texts;
}

TEST(ReportAssemblyTest, RowsOfOneStepAreOneReport) {
  ReportAssembly assembly = Assembly();
  assembly.TakeRow({{"step", "10"}, {"val_acc", "0.5"}, {"note", "text"}});
  assembly.TakeRow({{"step", "10"}, {"train_acc", "1"}, {"lr", "0.001"}});
  EXPECT_THAT(Ready(assembly), IsEmpty());
  assembly.TakeRow({{"step", "20"}, {"val_acc", "0.75"}});
  EXPECT_THAT(Ready(assembly), ElementsAre("10 lr=0.001 train_accuracy=1 validation_accuracy=0.5"));
}

// A program that says all in one row is heard at once, from the third step on; before, at the
// first poll that brings nothing.
TEST(ReportAssemblyTest, AStepIsCompleteOnceItHasAllThatReportsHave) {
  ReportAssembly assembly = Assembly();
  for (const char* step : {"1", "2"}) {
    assembly.TakeRow({{"step", step}, {"train_acc", "1"}, {"loss", "2"}});
    assembly.EndPoll();
    EXPECT_EQ(assembly.waiting(), 0u) << step;
    assembly.EndPoll();
    EXPECT_EQ(Ready(assembly).size(), 1u) << step;
  }
  assembly.TakeRow({{"step", "3"}, {"train_acc", "1"}, {"loss", "2"}});
  EXPECT_THAT(Ready(assembly), ElementsAre("3 train_accuracy=1 train_loss=2"));
  assembly.TakeRow({{"step", "4"}, {"train_acc", "1"}});
  EXPECT_THAT(Ready(assembly), IsEmpty());
  assembly.Finish();
  EXPECT_THAT(Ready(assembly), ElementsAre("4 train_accuracy=1"));
}

TEST(ReportAssemblyTest, AStepThatGoesOnAfterAPauseComesAgainWithAllThatItHas) {
  ReportAssembly assembly = Assembly();
  assembly.TakeRow({{"step", "1"}, {"val_acc", "0.5"}});
  assembly.EndPoll();
  assembly.EndPoll();
  assembly.TakeRow({{"step", "1"}, {"train_acc", "1"}});
  assembly.EndPoll();
  assembly.EndPoll();
  EXPECT_THAT(Ready(assembly), ElementsAre("1 validation_accuracy=0.5",
                                           "1 train_accuracy=1 validation_accuracy=0.5"));
}

TEST(ReportAssemblyTest, WhatIsNotMeasuredIsAbsentAndANanLossIsOne) {
  ReportAssembly assembly = Assembly();
  assembly.TakeRow({{"step", "1"}, {"train_acc", "nan"}, {"loss", "NaN"}, {"val_loss", "-"}});
  assembly.Finish();
  EXPECT_THAT(Ready(assembly), ElementsAre("1 train_loss=nan"));
}

TEST(ReportAssemblyTest, TimesAreKeptUnlessTheyAreElapsed) {
  ReportAssembly assembly = Assembly();
  assembly.TakeRow({{"step", "1"}, {"time", "1700000000.5"}, {"loss", "1"}});
  assembly.TakeRow({{"step", "2"}, {"time", "12.5"}, {"loss", "1"}});
  assembly.TakeRow({{"step", "3"}, {"time", "noon"}, {"loss", "1"}});
  assembly.Finish();
  const std::vector<ProgramReport> reports = assembly.Release(10);
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].time, absl::UnixEpoch() + absl::Milliseconds(1700000000500));
  EXPECT_EQ(reports[1].time, std::nullopt);
  EXPECT_THAT(assembly.warnings().Take(), HasSubstr("time is \"noon\", no time"));
}

TEST(ReportAssemblyTest, BadValuesAreLeftOutAndTold) {
  ReportAssembly assembly = Assembly();
  assembly.TakeRow({{"step", "1.5"}, {"loss", "1"}});
  assembly.TakeRow({{"step", "-1"}, {"loss", "1"}});
  assembly.TakeRow({{"loss", "1"}});
  assembly.TakeRow({{"step", "2"}, {"train_acc", "-1"}, {"val_acc", "101"}, {"loss", "1e300"}});
  assembly.TakeRow({{"step", "3"}, {"train_acc", "half"}, {"loss", "1"}});
  assembly.Finish();
  EXPECT_THAT(Ready(assembly), ElementsAre("3 train_loss=1"));
  std::vector<std::string> told;
  for (std::string one = assembly.warnings().Take(); !one.empty();
       one = assembly.warnings().Take()) {
    told.push_back(one);
  }
  EXPECT_THAT(told,
              ElementsAre(HasSubstr("step is \"1.5\"; allowed: a whole number"),
                          HasSubstr("a report has no step, left out"),
                          HasSubstr("train_accuracy is -1, left out"),
                          HasSubstr("validation_accuracy is 101, left out"),
                          HasSubstr("train_loss is 1e+300, left out"),
                          HasSubstr("train_acc is \"half\", not a number"),
                          "bad values of step: 2 in all", "reports without a step: 3 in all"));
}

TEST(ReportAssemblyTest, PercentSignsMakeFractions) {
  ReportAssembly assembly = *ReportAssembly::Create({}, {});
  assembly.TakeRow({{"step", "1"}, {"train_acc", "0.9 %"}, {"val_acc", "50%"}});
  assembly.Finish();
  EXPECT_THAT(Ready(assembly), ElementsAre("1 train_accuracy=0.009 validation_accuracy=0.5"));
}

TEST(ReportAssemblyTest, AHeaderSaysAtOnceWhatIsMissing) {
  ReportAssembly assembly = Assembly();
  assembly.TakeHeader({"step", "train_acc", "val_top9"}, false);
  EXPECT_THAT(assembly.warnings().Take(),
              HasSubstr("no column is called validation_accuracy; the nearest is \"val_top9\""));
}

TEST(ReportAssemblyTest, EventsHaveTheirStepAndTimeBesideTheirNames) {
  ReportAssembly assembly = Assembly();
  assembly.TakeEvent({1700000000, 5, {{"epoch_loss", 0.5}, {"epoch", 1}, {"time", 2}}}, "train/");
  assembly.TakeEvent({-1, -5, {{"a", 1}}}, "");
  assembly.Finish();
  const std::vector<ProgramReport> reports = assembly.Release(10);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(TextOf(reports[0]), "5 train/epoch=1 train/time=2 train_loss=0.5");
  EXPECT_EQ(reports[0].time, absl::UnixEpoch() + absl::Seconds(1700000000));
}

}  // namespace
}  // namespace powerdown
