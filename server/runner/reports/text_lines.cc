#include "server/runner/reports/text_lines.h"

#include <algorithm>

namespace powerdown {

void TextLines::Push(std::string_view text, const TakeLine& take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const bool is_whole = end < text.size();
    const bool fits = !is_too_long_ && rest_.size() + end <= longest_;
    if (!fits && !is_too_long_) ++long_lines_;
    if (fits && is_whole && rest_.empty()) {  // the usual case: without a copy
      if (end > 0) take(text.substr(0, end));
    } else if (fits) {
      rest_ += text.substr(0, end);
      if (is_whole && !rest_.empty()) take(rest_);
    }
    if (is_whole || !fits) rest_.clear();
    is_too_long_ = !fits && !is_whole;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void TextLines::Finish(const TakeLine& take) {
  if (!rest_.empty()) take(rest_);
  Clear();
}

void TextLines::Clear() {
  rest_.clear();
  is_too_long_ = false;
}

}  // namespace powerdown
