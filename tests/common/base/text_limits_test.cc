#include "common/base/text_limits.h"

#include <gtest/gtest.h>

#include <string>

#include "common/run/run_spec.h"

namespace powerdown {
namespace {

TEST(TextLimitsTest, EachTextMayBeAsLongAsItsLimitAndNoLonger) {
  for (const TextLimit& limit : kTextLimits) {
    EXPECT_TRUE(CheckText(limit.field, std::string(limit.most_bytes, 'x')).ok()) << limit.field;
    EXPECT_FALSE(CheckText(limit.field, std::string(limit.most_bytes + 1, 'x')).ok());
    EXPECT_TRUE(CheckItems(limit.field, limit.most_items).ok()) << limit.field;
    EXPECT_FALSE(CheckItems(limit.field, limit.most_items + 1).ok());
  }
  EXPECT_TRUE(CheckText("of no list", std::string(kMostTextBytes, 'x')).ok());
  EXPECT_FALSE(CheckText("of no list", std::string(kMostTextBytes + 1, 'x')).ok());
}

TEST(TextLimitsTest, AProblemNamesFieldAndLimit) {
  EXPECT_EQ(CheckText("name", std::string(600, 'x')).message(),
            "name: has 600 bytes; allowed: up to 512");
  EXPECT_EQ(CheckItems("tags", 65).message(), "tags: has 65 items; allowed: up to 64");
  EXPECT_EQ(CheckText("notes", "\xC3").message(), "notes: is not UTF-8; allowed: text in UTF-8");
}

TEST(TextLimitsTest, ADataSetThatIsAllowedFits) {
  EXPECT_EQ(TextLimitOf("table").most_bytes, kMostTableBytes);
}

}  // namespace
}  // namespace powerdown
