#include "common/base/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LineSplitterTest, JoinsPiecesWhereverTheyWereCut) {
  const std::string text = "one\ntwo\n\nthree\nrest";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    LineSplitter splitter(5);
    std::vector<std::string> lines = splitter.Push(text.substr(0, cut));
    for (const std::string& line : splitter.Push(text.substr(cut))) lines.push_back(line);
    EXPECT_THAT(lines, ElementsAre("one", "two", "", "three")) << cut;
    EXPECT_THAT(splitter.Push("\n"), ElementsAre("rest"));
  }
}

TEST(LineSplitterTest, KeepsOnlyTheBeginningOfALineThatIsTooLongAndGoesOn) {
  constexpr size_t kLongest = 1000;
  LineSplitter splitter(kLongest);
  const std::string piece(kLongest / 2 + 1, 'x');
  EXPECT_THAT(splitter.Push(piece), IsEmpty());
  EXPECT_THAT(splitter.Push(piece), IsEmpty());
  EXPECT_THAT(splitter.Push("end\nnext\n"), ElementsAre(std::string(kLongest, 'x'), "next"));
}

}  // namespace
}  // namespace powerdown
