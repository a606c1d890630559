#include "client/cli/terminal/terminal_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(TerminalPictureTest, RedrawsInPlaceAndOnlyWhenSomethingChanged) {
  FILE* terminal = std::tmpfile();
  Console console(stdout, terminal, ColorChoice::kNever);
  {
    TerminalPicture picture(console);
    picture.Show({"one", "two"});
    picture.Show({"one", "two"});
    picture.Show({"three"});
  }
  std::rewind(terminal);
  std::string text(1024, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), terminal));
  std::fclose(terminal);
  EXPECT_THAT(text, StartsWith("\x1b[?25l\x1b[2Kone\n\x1b[2Ktwo\n"));
  EXPECT_THAT(text, HasSubstr("\x1b[2A\r\x1b[2Kthree\n\x1b[J"));
  EXPECT_EQ(text.find("one"), text.rfind("one"));
  EXPECT_TRUE(text.ends_with("\x1b[?25h\n"));
}

}  // namespace
}  // namespace powerdown
