#include "server/runner/reports/accuracy_unit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/runner/reports/reports_as_text.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class AccuracyUnitTest : public testing::Test {
 protected:
  void Take(AccuracyUnit& unit, int64_t step, std::map<std::string, double> metrics) {
    unit.Take({.step = step, .metrics = std::move(metrics)}, ready_, warnings_);
  }
  std::vector<std::string> Ready() {
    std::vector<std::string> texts;
    for (const ProgramReport& report : ready_) texts.push_back(TextOf(report));
    ready_.clear();
    return texts;
  }

  std::deque<ProgramReport> ready_;
  Warnings warnings_;
};

TEST_F(AccuracyUnitTest, WhatTheUserSaysIsTakenAtOnce) {
  AccuracyUnit percent(true, false);
  Take(percent, 1, {{"train_accuracy", 1}, {"validation_accuracy", 0.5}});
  EXPECT_THAT(Ready(), ElementsAre("1 train_accuracy=0.01 validation_accuracy=0.005"));
  AccuracyUnit fraction(false, false);
  Take(fraction, 1, {{"train_accuracy", 1.0004}, {"validation_accuracy", 57}});
  EXPECT_THAT(Ready(), ElementsAre("1 train_accuracy=1"));
  EXPECT_THAT(warnings_.Take(), HasSubstr("validation_accuracy is 57 at step 1, left out"));
}

TEST_F(AccuracyUnitTest, ReportsWaitUntilAValueShowsThatTheyArePercent) {
  AccuracyUnit unit(std::nullopt, false);
  Take(unit, 1, {{"train_accuracy", 1.03}, {"train_loss", 4.6}});
  Take(unit, 2, {{"train_loss", 4.5}});  // in order
  EXPECT_THAT(Ready(), IsEmpty());
  Take(unit, 3, {{"train_accuracy", 40}});
  EXPECT_THAT(Ready(), ElementsAre("1 train_accuracy=0.0103 train_loss=4.6", "2 train_loss=4.5",
                                   "3 train_accuracy=0.4"));
  EXPECT_EQ(warnings_.Take(), "accuracies are in percent");
}

// The first report of a network that knows nothing yet: one right in 97, as its loss says.
TEST_F(AccuracyUnitTest, ALossThatFitsShowsAFractionAtOnce) {
  AccuracyUnit unit(std::nullopt, false);
  Take(unit, 0, {{"train_accuracy", 0.0103}, {"train_loss", 4.57}});
  EXPECT_THAT(Ready(), SizeIs(1));
  AccuracyUnit percent(std::nullopt, false);
  Take(percent, 0, {{"train_accuracy", 1}, {"train_loss", 4.57}});
  EXPECT_THAT(Ready(), IsEmpty());
}

TEST_F(AccuracyUnitTest, ReportsWithoutAccuraciesNeedNotWait) {
  AccuracyUnit unit(std::nullopt, false);
  Take(unit, 0, {{"train_loss", 4.57}});
  EXPECT_THAT(Ready(), ElementsAre("0 train_loss=4.57"));
}

TEST_F(AccuracyUnitTest, TenReportsWithADirectionAreEnough) {
  AccuracyUnit unit(std::nullopt, false);
  for (int i = 1; i < 10; ++i) Take(unit, i, {{"train_accuracy", 0.1 * i}});
  EXPECT_THAT(Ready(), IsEmpty());
  Take(unit, 10, {{"train_accuracy", 1}});
  EXPECT_THAT(Ready(), SizeIs(10));
}

TEST_F(AccuracyUnitTest, WhatStaysUnclearIsPassedOnWithoutAccuracies) {
  AccuracyUnit unit(std::nullopt, false);
  for (size_t i = 0; i <= kMostHeldReports; ++i) {
    const double level = i % 2 == 0 ? 0.9 : 0.8;
    Take(unit, static_cast<int64_t>(i),
         {{"train_accuracy", level}, {"validation_accuracy", level}, {"lr", 1}});
  }
  EXPECT_THAT(Ready(), SizeIs(kMostHeldReports + 1));
  EXPECT_THAT(warnings_.Take(), HasSubstr("say which: --accuracies fraction, or percent"));
  Take(unit, 1000, {{"train_accuracy", 0.9}, {"lr", 1}});
  unit.Finish(ready_, warnings_);
  EXPECT_THAT(Ready(), SizeIs(1));
}

TEST_F(AccuracyUnitTest, AtTheEndAFewReportsAreReadAsAWholeLogIs) {
  AccuracyUnit unit(std::nullopt, false);
  Take(unit, 1, {{"train_accuracy", 0.5}});
  Take(unit, 2, {{"train_accuracy", 0.9}});
  EXPECT_THAT(Ready(), IsEmpty());
  unit.Finish(ready_, warnings_);
  EXPECT_THAT(Ready(), ElementsAre("1 train_accuracy=0.5", "2 train_accuracy=0.9"));
}

TEST_F(AccuracyUnitTest, AFractionThatPassesOneWasPercent) {
  AccuracyUnit unit(std::nullopt, true);
  Take(unit, 1, {{"train_accuracy", 0.9}});
  Take(unit, 2, {{"train_accuracy", 90}});
  EXPECT_THAT(Ready(), ElementsAre("1 train_accuracy=0.9", "2 train_accuracy=0.9"));
  EXPECT_EQ(warnings_.Take(),
            "accuracies are in percent from step 2 on, fractions before; say "
            "which: --accuracies fraction, or percent");
}

}  // namespace
}  // namespace powerdown
