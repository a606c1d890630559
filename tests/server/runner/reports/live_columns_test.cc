#include "server/runner/reports/live_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/text.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

TEST(LiveColumnsTest, ABetterNameTakesThePlaceOfAnother) {
  LiveColumns columns = *LiveColumns::Create({});
  Warnings warnings;
  columns.Learn("train_acc_step", warnings);
  EXPECT_EQ(columns.FieldOf("train_acc_step"), LogField::kTrainAccuracy);
  columns.Learn("train_acc_epoch", warnings);
  EXPECT_EQ(columns.FieldOf("train_acc_epoch"), LogField::kTrainAccuracy);
  EXPECT_EQ(columns.FieldOf("train_acc_step"), std::nullopt);
  EXPECT_TRUE(columns.IsExtra("train_acc_step"));
  columns.Learn("lr", warnings);
  EXPECT_TRUE(columns.IsExtra("lr"));
  EXPECT_FALSE(columns.IsExtra("never seen"));
  EXPECT_EQ(warnings.Take(), "");
}

TEST(LiveColumnsTest, OfTwoEqualNamesTheFirstCountsAndIsAskedFor) {
  LiveColumns columns = *LiveColumns::Create({});
  Warnings warnings;
  columns.Learn("val_acc", warnings);
  columns.Learn("eval_acc", warnings);
  EXPECT_EQ(columns.FieldOf("val_acc"), LogField::kValidationAccuracy);
  EXPECT_EQ(warnings.Take(),
            "validation_accuracy may be \"val_acc\" or \"eval_acc\"; taken: "
            "\"val_acc\"; say which: --column validation_accuracy=NAME");
}

TEST(LiveColumnsTest, WhatTheUserSaysCounts) {
  LiveColumns columns = *LiveColumns::Create({{"validation_accuracy", "top1"}, {"step", "n"}});
  Warnings warnings;
  columns.WarnOfMissing(warnings);
  EXPECT_EQ(warnings.Take(), "");  // nothing came yet
  for (const char* name : {"validation_accuracy", "top1", "m"}) columns.Learn(name, warnings);
  EXPECT_EQ(columns.FieldOf("top1"), LogField::kValidationAccuracy);
  EXPECT_TRUE(columns.IsExtra("validation_accuracy"));
  EXPECT_EQ(warnings.Take(), "");
  columns.WarnOfMissing(warnings);
  EXPECT_THAT(warnings.Take(), HasSubstr("--column step=n: no report has that name; the nearest "
                                         "is \"m\""));
  EXPECT_EQ(warnings.Take(), "");
  EXPECT_THAT(LiveColumns::Create({{"accuracy", "x"}}).status().message(), HasSubstr("accuracy"));
  EXPECT_THAT(LiveColumns::Create({{"step", "x"}, {"time", "x"}}).status().message(),
              HasSubstr("named for two"));
}

TEST(LiveColumnsTest, MetricsAndTheirNamesAreBounded) {
  LiveColumns columns = *LiveColumns::Create({});
  Warnings warnings;
  columns.Learn(std::string(kMostMetricNameBytes + 1, 'x'), warnings);
  EXPECT_THAT(warnings.Take(), HasSubstr("allowed: up to 256 metrics, with names of up to 128"));
  for (const char* name : {"\xff", "a\x1b[2J"}) {
    columns.Learn(name, warnings);
    EXPECT_FALSE(columns.IsExtra(name));
  }
  for (size_t i = 0; i < kMostExtraMetrics; ++i) columns.Learn(Concat("m", i), warnings);
  EXPECT_TRUE(columns.IsExtra(Concat("m", kMostExtraMetrics - 1)));
  columns.Learn("one more", warnings);
  EXPECT_FALSE(columns.IsExtra("one more"));
  columns.Learn("train_loss", warnings);
  EXPECT_EQ(columns.FieldOf("train_loss"), LogField::kTrainLoss);
  for (int i = 0; i < 5000; ++i) columns.Learn(Concat("n", i), warnings);
  EXPECT_THAT(warnings.Take(), HasSubstr("more than 2000 names"));
}

}  // namespace
}  // namespace powerdown
