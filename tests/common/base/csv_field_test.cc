#include "common/base/csv_field.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(CsvFieldTest, IsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"hi\"\n"), "\"say \"\"hi\"\"\n\"");
}

TEST(CsvFieldTest, WhatASpreadsheetWouldRunIsText) {
  EXPECT_EQ(CsvField("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
  EXPECT_EQ(CsvField("@SUM(A1)"), "\"'@SUM(A1)\"");
  EXPECT_EQ(CsvField("+cmd|' /C calc'!A0"), "\"'+cmd|' /C calc'!A0\"");
  EXPECT_EQ(CsvField("-2+3"), "\"'-2+3\"");
  EXPECT_EQ(CsvField("\t=1"), "\"'\t=1\"");
  EXPECT_EQ(CsvField("\r=1"), "\"'\r=1\"");
}

TEST(CsvFieldTest, NumbersStayNumbers) {
  for (const char* number : {"-5", "+3.2e4", "-Infinity", "-0.5", "1e9"}) {
    EXPECT_EQ(CsvField(number), number);
  }
}

TEST(CsvFieldTest, ControlsDoNotReachATerminal) {
  EXPECT_EQ(CsvField("a\x1b[2Jb\u202e"), "a?[2Jb?");
}

}  // namespace
}  // namespace powerdown
