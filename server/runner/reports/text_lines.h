// Cuts text that comes in pieces into lines. A carriage return ends a line too: progress bars write
// over theirs. Plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace powerdown {

using TakeLine = std::function<void(std::string_view)>;

class TextLines {
 public:
  explicit TextLines(size_t longest) : longest_(longest) {}
  // Calls `take` with each line that `text` completes and that is not empty. Lines with more than
  // `longest` bytes are counted, and not kept.
  void Push(std::string_view text, const TakeLine& take);
  // What follows the last line end, at the end of the text.
  void Finish(const TakeLine& take);
  void Clear();

  int64_t long_lines() const { return long_lines_; }

 private:
  const size_t longest_;
  std::string rest_;
  bool is_too_long_ = false;
  int64_t long_lines_ = 0;
};

}  // namespace powerdown
