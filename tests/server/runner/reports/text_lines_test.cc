#include "server/runner/reports/text_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Push(TextLines& lines, std::string_view text) {
  std::vector<std::string> taken;
  lines.Push(text, [&](std::string_view line) { taken.emplace_back(line); });
  return taken;
}

TEST(TextLinesTest, LinesEndAsOnAnySystem) {
  TextLines lines(10);
  EXPECT_THAT(Push(lines, "a\nb\r\nc\r\rd"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Push(lines, "e"), IsEmpty());
  EXPECT_THAT(Push(lines, "\n"), ElementsAre("de"));
  Push(lines, "rest");
  std::string rest;
  lines.Finish([&](std::string_view line) { rest = line; });
  EXPECT_EQ(rest, "rest");
  EXPECT_THAT(Push(lines, "\n"), IsEmpty());
}

TEST(TextLinesTest, LongLinesAreCountedAndNotKept) {
  TextLines lines(4);
  EXPECT_THAT(Push(lines, "12345\nab\n"), ElementsAre("ab"));
  EXPECT_THAT(Push(lines, "123"), IsEmpty());
  EXPECT_THAT(Push(lines, "45"), IsEmpty());
  EXPECT_THAT(Push(lines, std::string(1000, 'x')), IsEmpty());
  EXPECT_THAT(Push(lines, "6\n1234\n"), ElementsAre("1234"));
  EXPECT_EQ(lines.long_lines(), 2);
}

RC_GTEST_PROP(TextLinesTest, PiecesAreReadAsTheWhole, ()) {
  std::string text;
  for (int i = *rc::gen::inRange(0, 60); i > 0; --i)
    text += *rc::gen::elementOf<std::string>("ab\r\n");
  TextLines whole(3);
  const std::vector<std::string> expected = Push(whole, text);
  TextLines pieces(3);
  std::vector<std::string> taken;
  for (std::string_view rest = text; !rest.empty();) {
    const auto size = std::min<size_t>(rest.size(), *rc::gen::inRange<size_t>(1, 5));
    for (std::string& line : Push(pieces, rest.substr(0, size))) taken.push_back(line);
    rest.remove_prefix(size);
  }
  RC_ASSERT(taken == expected);
  RC_ASSERT(pieces.long_lines() == whole.long_lines());
}

}  // namespace
}  // namespace powerdown
