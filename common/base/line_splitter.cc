#include "common/base/line_splitter.h"

#include <algorithm>
#include <utility>

namespace powerdown {

std::vector<std::string> LineSplitter::Push(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    rest_.append(bytes.substr(0, std::min(end, longest_ - rest_.size())));
    if (end == std::string_view::npos) break;
    lines.push_back(std::move(rest_));
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace powerdown
