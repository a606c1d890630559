#include "client/cli/terminal/terminal_picture.h"

#include "client/cli/text/safe_text.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr char kHideCursor[] = "\x1b[?25l";
constexpr char kShowCursor[] = "\x1b[?25h";
constexpr char kClearLine[] = "\x1b[2K";
constexpr char kClearBelow[] = "\x1b[J";

}  // namespace

TerminalPicture::~TerminalPicture() {
  if (shown_ > 0) console_.Draw(Concat(kShowCursor, "\n"));
}

void TerminalPicture::Show(const std::vector<std::string>& lines) {
  if (lines == last_) return;
  // One write, so that the terminal never shows half a picture.
  std::string text = shown_ == 0 ? kHideCursor : Concat("\x1b[", shown_, "A\r");
  for (const std::string& line : lines) {
    text += Concat(kClearLine, SafeText(line, console_.err_style()), "\n");
  }
  text += kClearBelow;
  console_.Draw(text);
  shown_ = lines.size();
  last_ = lines;
}

}  // namespace powerdown
