// Cuts a stream of bytes into lines. Plain value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace powerdown {

class LineSplitter {
 public:
  // The lines that `bytes` completes, without their newlines. A line longer than kLongest is
  // dropped as a whole; what follows the last newline is kept for the next call.
  std::vector<std::string> Push(std::string_view bytes);

  static constexpr size_t kLongest = 1 << 20;

 private:
  std::string rest_;
  bool is_too_long_ = false;
};

}  // namespace powerdown
