#include "client/cli/text/safe_text.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

constexpr char kHostile[] =
    "a\x1b[2Jb\x1b]0;title\a\u009b31mc\u202e\u200bd\r\x7f\x1b[31me \x1b[1mf\x1b";

TEST(SafeTextTest, NothingSteersATerminalWithoutColours) {
  EXPECT_EQ(SafeText(kHostile, Style(false)), "ab31mcde f");
  EXPECT_EQ(SafeText("a\tb\nµ 日本 😀", Style(false)), "a\tb\nµ 日本 😀");
  EXPECT_EQ(SafeText("a\xff", Style(false)), "a\xEF\xBF\xBD");
  EXPECT_EQ(SafeText("\x1bPquery\x1b\\x\x1b]52;c;aGk=\x1b\\y\x1b]8;;never ends", Style(false)),
            "xy]8;;never ends");
}

TEST(SafeTextTest, OnlyTheColoursOfTheStyleArePassedOn) {
  const Style style(true);
  EXPECT_EQ(SafeText(style.Paint(Ink::kBad, "bad\x1b[5m\x1b[8m"), style), "\x1b[31mbad\x1b[0m");
  for (const Ink ink : {Ink::kStrong, Ink::kFaint, Ink::kTrain, Ink::kValidation, Ink::kWaste,
                        Ink::kGood, Ink::kBad}) {
    EXPECT_EQ(SafeText(style.Paint(ink, "x"), style), style.Paint(ink, "x"));
  }
}

}  // namespace
}  // namespace powerdown
