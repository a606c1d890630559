#include "common/log/log_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

using testing::HasSubstr;

double Value(std::string_view text, bool has_commas = false) {
  return LogNumbers(has_commas).Read(text).value_or(LogNumber{-1}).value;
}

TEST(LogNumbersTest, NumbersAreReadAsPeopleWriteThem) {
  EXPECT_EQ(Value("0.5"), 0.5);
  EXPECT_EQ(Value("5.000000e+01"), 50);
  EXPECT_EQ(Value("0,5"), 0.5);  // 5 of no thousands
  EXPECT_EQ(Value("1,234", true), 1.234);
  EXPECT_EQ(Value("1,234.5"), 1234.5);
  EXPECT_EQ(Value("1.234.567,5", true), 1234567.5);
  EXPECT_EQ(Value("1,234,567"), 1234567);
  EXPECT_TRUE(std::isnan(Value("nan")));
  EXPECT_TRUE(std::isinf(Value("Infinity")));
  const auto percent = LogNumbers(false).Read("12.5 %");
  EXPECT_EQ(percent->value, 12.5);
  EXPECT_TRUE(percent->has_percent_sign);
  for (const char* nothing : {"-", "null", "None", "N/A", "na"}) {
    EXPECT_FALSE(LogNumbers(false).Read(nothing)->is_known) << nothing;
  }
}

TEST(LogNumbersTest, WhatMayMeanTwoThingsIsRefusedWithBoth) {
  EXPECT_THAT(LogNumbers(false).Read("1,234").status().message(),
              HasSubstr("\"1,234\" may be 1.234 or 1234"));
  LogNumbers numbers(true);
  EXPECT_TRUE(numbers.Read("0,5").ok());
  EXPECT_THAT(numbers.Read("1.234").status().message(),
              HasSubstr("\"1.234\" may be 1.234 or 1234, as \"0,5\" has a decimal comma"));
  EXPECT_TRUE(LogNumbers(true).Read("1.234").ok());
}

TEST(LogNumbersTest, WhatIsNoNumberIsRefused) {
  for (const char* text : {"x", "1.2.3x", "--5", "e", "0x", "12abc", "%", "0.93,", "5,"}) {
    EXPECT_THAT(LogNumbers(false).Read(text).status().message(), HasSubstr("not a number")) << text;
  }
}

absl::Time At(std::string_view text) {
  return ReadLogTime(text).value_or(LogTime{}).time;
}

TEST(LogTimeTest, TimesAreReadInTheFormsOfPeoplesTools) {
  const absl::Time expected = absl::FromUnixSeconds(1774740600);
  EXPECT_EQ(At("2026-03-28T23:30:00Z"), expected);
  EXPECT_EQ(At("2026-03-29T00:30:00+01:00"), expected);
  EXPECT_EQ(At("2026-03-28 23:30:00"), expected);
  EXPECT_EQ(At("2026-03-28T23:30:00.000"), expected);
  EXPECT_EQ(At("1774740600.000"), expected);
  EXPECT_EQ(At("1774740600000"), expected);
  EXPECT_TRUE(ReadLogTime("2026-03-28 23:30:00")->lacks_zone);
  EXPECT_FALSE(ReadLogTime("2026-03-28 23:30:00+01:00")->lacks_zone);
}

TEST(LogTimeTest, SmallNumbersAreSecondsSinceTheStart) {
  const LogTime time = *ReadLogTime("0.37");
  EXPECT_EQ(time.time, absl::UnixEpoch() + absl::Milliseconds(370));
  EXPECT_FALSE(ReadLogTime("-1").ok());
}

TEST(LogTimeTest, OtherTextIsRefused) {
  for (const char* text : {"infinite-past", "yesterday", "2026-13-40T00:00:00Z", "nan", "1e300"}) {
    EXPECT_FALSE(ReadLogTime(text).ok()) << text;
  }
}

}  // namespace
}  // namespace powerdown
