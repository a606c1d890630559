#include "common/base/wording.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace powerdown
