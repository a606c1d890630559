#include "common/base/wording.h"

#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

TEST(WordingTest, QuotesAreShortAndOnOneLine) {
  EXPECT_EQ(Quoted("a\"b\n"), "\"a\\\"b\\n\"");
  EXPECT_EQ(Quoted(std::string(200, 'x')), "\"" + std::string(80, 'x') + "…\"");
  // The cut does not split a character of two bytes.
  EXPECT_EQ(Quoted(std::string(79, 'x') + "µµ"), "\"" + std::string(79, 'x') + "…\"");
}

TEST(WordingTest, ClosestWordIsATypingErrorAway) {
  EXPECT_EQ(ClosestWord("adition", {"subtraction", "addition"}), "addition");
  EXPECT_EQ(ClosestWord("mpl", {"transformer", "mlp"}), "mlp");
  EXPECT_EQ(ClosestWord("s6", {"s3", "s5"}), "s3");
  EXPECT_EQ(ClosestWord("banana", {"addition", "parity"}), "");
  EXPECT_EQ(ClosestWord("", {"addition"}), "");
}

TEST(WordingTest, CountsAreGrouped) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1450), "1,450");
  EXPECT_EQ(CountText(-1234567), "-1,234,567");
}

TEST(WordingTest, PercentNeverClaimsAllOrNothingFalsely) {
  EXPECT_EQ(PercentText(1), "100%");
  EXPECT_EQ(PercentText(0.99999), "99.9%");
  EXPECT_EQ(PercentText(0.00001), "0.1%");
  EXPECT_EQ(PercentText(0), "0%");
  EXPECT_EQ(PercentText(0.9983, 2), "99.83%");
  EXPECT_EQ(PercentText(NAN), "–");
}

}  // namespace
}  // namespace powerdown
