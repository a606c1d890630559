// Cuts a stream of bytes into lines. Plain value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace powerdown {

class LineSplitter {
 public:
  // Of a line with more than `longest` bytes only so many are kept: whoever parses it finds it
  // broken.
  explicit LineSplitter(size_t longest) : longest_(longest) {}
  // The lines that `bytes` completes, without their newlines. What follows the last newline is kept
  // for the next call.
  std::vector<std::string> Push(std::string_view bytes);

 private:
  const size_t longest_;
  std::string rest_;
};

}  // namespace powerdown
