#include "client/cli/text/wrap.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(WrapTest, BreaksAtSpacesWithinTheWidth) {
  EXPECT_EQ(WrapText("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(WrapText("unbreakable", 4, 0), "unbreakable\n");
  EXPECT_EQ(WrapText("", 4, 2), "");
  EXPECT_EQ(WrapText("µµ µµ", 5, 0), "µµ µµ\n");
}

TEST(WrapTest, LinesAreAsWideAsTheTerminalButNotWiderThanCanBeRead) {
  EXPECT_EQ(WidthWithin(Style(false, 60), 78), 60);
  EXPECT_EQ(WidthWithin(Style(false, 200), 78), 78);
  EXPECT_EQ(WidthWithin(Style(false), 78), 78);
}

TEST(WrapTest, AHeadingStandsApart) {
  EXPECT_EQ(Heading("Flags", Style(false)), "\nFlags\n");
}

}  // namespace
}  // namespace powerdown
