// Cuts a stream of bytes into lines. Plain value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace powerdown {

class LineSplitter {
 public:
  // The lines that `bytes` completes, without their newlines. Of a line longer than
  // kLongest only so much is kept: whoever parses it finds it broken. What follows the last newline
  // is kept for the next call.
  std::vector<std::string> Push(std::string_view bytes);

  static constexpr size_t kLongest = 1 << 20;

 private:
  std::string rest_;
};

}  // namespace powerdown
