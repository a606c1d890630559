#include "common/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

std::string Nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

std::string Problem(std::string_view text) {
  return std::string(ParseJson(text).status().message());
}

TEST(JsonTest, KeepsTheOrderOfKeysAndPrintsWhatItRead) {
  constexpr char kText[] = R"({"b":[1,2.5,null],"a":{"ü":"\"["}})";
  const auto json = ParseJson(kText);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(JsonText(*json), kText);
  EXPECT_EQ(JsonText({{"a", 1}}, 2), "{\n  \"a\": 1\n}");
}

TEST(JsonTest, RefusesTextThatIsNestedTooDeep) {
  EXPECT_TRUE(ParseJson(Nested(kMostJsonDepth)).ok());
  EXPECT_THAT(Problem(Nested(kMostJsonDepth + 1)), HasSubstr("deeper than 64 levels"));
  EXPECT_THAT(Problem(std::string(10'000'000, '[')), HasSubstr("deeper than 64 levels"));
  std::string objects;
  for (int i = 0; i <= kMostJsonDepth; ++i) objects += R"({"a":)";
  EXPECT_THAT(std::string(ParseJsonObject(objects).status().message()),
              HasSubstr("deeper than 64 levels"));
}

TEST(JsonTest, BracketsInTextAreNoNesting) {
  const auto json = ParseJson("[\"\\\"" + std::string(100, '[') + "\"]");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)[0], "\"" + std::string(100, '['));
}

TEST(JsonTest, RefusesWhatIsNotUtf8) {
  EXPECT_TRUE(ParseJson("\"\xC3\xBC\"").ok());
  EXPECT_EQ(Problem("\"\xC3\""), "not JSON");
  EXPECT_EQ(Problem("\"\xFF\xFE\""), "not JSON");
  EXPECT_EQ(Problem("\"\xED\xA0\x80\""), "not JSON");  // half of a surrogate pair
  EXPECT_EQ(Problem("{\"\xC0\xAF\":1}"), "not JSON");  // "/" in more bytes than it needs
}

TEST(JsonTest, RefusesTextThatIsNotJson) {
  for (const char* text :
       {"", "{", "{]}", "1 2", "nan", "1e999", "'a'", "[1,]", "\"\\", "\"\\u12"}) {
    EXPECT_EQ(ParseJson(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(JsonTest, AnObjectIsAskedFor) {
  EXPECT_TRUE(ParseJsonObject("{}").ok());
  EXPECT_EQ(ParseJsonObject("[]").status().message(), "not a JSON object");
  EXPECT_EQ(ParseJsonObject("{").status().message(), "not a JSON object");
}

TEST(JsonTest, PrintsBytesThatAreNotUtf8AsReplacements) {
  EXPECT_EQ(JsonText("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
}

TEST(JsonTest, NumbersAreNumbersAndNanIsAWord) {
  EXPECT_EQ(JsonText(NumberJson(std::nan(""))), R"("NaN")");
  EXPECT_EQ(JsonText(NumberJson(-1.0 / 0.0)), R"("-Infinity")");
  EXPECT_EQ(JsonText(NumberJson(0.1)), "0.1");
}

TEST(JsonTest, TimesAreRfc3339InUtc) {
  EXPECT_EQ(TimeText(absl::FromUnixMicros(1'700'000'000'000'001)), "2023-11-14T22:13:20.000001Z");
}

}  // namespace
}  // namespace powerdown
