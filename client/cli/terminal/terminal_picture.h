// Redraws a few lines in place at the bottom of a terminal. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "client/cli/terminal/console.h"

namespace powerdown {

class TerminalPicture {
 public:
  explicit TerminalPicture(Console& console) : console_(console) {}
  ~TerminalPicture();  // the last picture stays; the cursor is visible, two lines below
  TerminalPicture(const TerminalPicture&) = delete;
  TerminalPicture& operator=(const TerminalPicture&) = delete;

  void Show(const std::vector<std::string>& lines);

 private:
  Console& console_;
  size_t shown_ = 0;  // lines on the screen
  std::vector<std::string> last_;
};

}  // namespace powerdown
