#include "client/cli/text/style.h"

#include <gtest/gtest.h>

#include "common/base/wording.h"

namespace powerdown {
namespace {

TEST(StyleTest, WidthCountsCharactersNotBytesNorColours) {
  EXPECT_EQ(DisplayWidth("1.23 µWh"), 8);
  EXPECT_EQ(DisplayWidth("\x1b[32m██\x1b[0m"), 2);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
}

TEST(StyleTest, WithoutColourPaintAddsNothing) {
  EXPECT_EQ(Style(false).Paint(Ink::kBad, "x"), "x");
  EXPECT_EQ(Style(true).Paint(Ink::kBad, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Style(true).Paint(Ink::kBad, ""), "");
}

TEST(StyleTest, CutTextFitsAndClosesItsColour) {
  EXPECT_EQ(FitWidth("abcdef", 4), "abc…");
  EXPECT_EQ(FitWidth("abcd", 4), "abcd");
  EXPECT_EQ(FitWidth("\x1b[32mabcdef\x1b[0m", 4), "\x1b[32mabc…\x1b[0m");
  EXPECT_EQ(DisplayWidth(FitWidth("日本語", 4)), 3);
  EXPECT_EQ(FitWidth("abc", 0), "");
}

TEST(StyleTest, PaddingAndRepetition) {
  EXPECT_EQ(PadRight("µ", 3), "µ  ");
  EXPECT_EQ(PadLeft("µ", 3), "  µ");
  EXPECT_EQ(PadLeft("long", 3), "long");
  EXPECT_EQ(Repeat("░", 2), "░░");
}

TEST(StyleTest, ControlCharactersCannotSteerTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[2Jb\n"), "a?[2Jb?");
  EXPECT_EQ(Printable("µ"), "µ");
}

TEST(StyleTest, TruncatedUtf8IsMeasuredWithoutReadingBeyondIt) {
  EXPECT_EQ(DisplayWidth("\xe2\x96"), 1);
  EXPECT_EQ(DisplayWidth("\x1b["), 0);
}

}  // namespace
}  // namespace powerdown
