#include "common/base/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/base/wording.h"

namespace powerdown {
namespace {

TEST(Utf8Test, KnowsWhatIsNotUtf8) {
  for (const char* text : {"", "abc", "é", "日本", "😀", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  // A lone continuation, a cut character, two overlong ones, a surrogate, beyond U+10FFFF.
  for (const char* text : {"\x80", "a\xC3", "\xE6\x97", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_FALSE(IsUtf8(text));
    EXPECT_TRUE(IsUtf8(ToUtf8(text)));
  }
  EXPECT_EQ(ToUtf8("a\xC3z"), "a\xEF\xBF\xBDz");
}

TEST(Utf8Test, ACharacterIsNeverCut) {
  EXPECT_EQ(CutUtf8("aé", 2), "a");
  EXPECT_EQ(CutUtf8("aé", 3), "aé");
  EXPECT_EQ(CutUtf8("😀", 3), "");
  EXPECT_EQ(ShortText("ééé", 6), "ééé");
  EXPECT_EQ(ShortText("éééé", 7), "éé…");
  EXPECT_EQ(ShortText("éé", 2), "é");
}

TEST(Utf8Test, ControlsAndMarksOfDirectionAreNotPrintable) {
  EXPECT_EQ(Printable("a\x1b[31mb\x7f"), "a?[31mb?");
  EXPECT_EQ(Printable("a\u009bb"), "a?b");  // CSI as one character
  EXPECT_EQ(Printable("\u202etxt.exe\u202c \u2066x\u2069"), "?txt.exe? ?x?");
  EXPECT_EQ(Printable("a\u200b\u200d\ufeff\u00adb"), "a????b");  // zero-width
  EXPECT_EQ(Printable("µ 日本 😀 ümlaut"), "µ 日本 😀 ümlaut");
  EXPECT_EQ(Printable("\xff"), "?");
}

RC_GTEST_PROP(Utf8Test, AnyBytesBecomeTextThatIsWholeAndShortEnough, ()) {
  const auto bytes = *rc::gen::arbitrary<std::string>();
  const auto most = static_cast<size_t>(*rc::gen::inRange(0, 40));
  RC_ASSERT(IsUtf8(ToUtf8(bytes)));
  const std::string text = ShortText(bytes, most);
  RC_ASSERT(IsUtf8(text));
  RC_ASSERT(text.size() <= most);
  RC_ASSERT(IsUtf8(CutUtf8(ToUtf8(bytes), most)));
  const std::string printable = Printable(bytes);
  for (std::string_view rest = printable; !rest.empty();) {
    const Utf8Character first = FirstCharacter(rest);
    RC_ASSERT(first.is_valid && !IsMisleading(first.code));
    rest.remove_prefix(first.bytes);
  }
}

}  // namespace
}  // namespace powerdown
