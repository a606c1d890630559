#include "server/run/line_splitter.h"

#include <utility>

namespace powerdown {

std::vector<std::string> LineSplitter::Push(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    rest_.append(bytes.substr(0, end));
    if (rest_.size() > kLongest) {
      is_too_long_ = true;
      rest_.clear();
    }
    if (end == std::string_view::npos) break;
    if (!is_too_long_) lines.push_back(std::move(rest_));
    rest_.clear();
    is_too_long_ = false;
    bytes.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace powerdown
