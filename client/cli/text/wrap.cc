#include "client/cli/text/wrap.h"

#include <algorithm>

#include "common/base/text.h"

namespace powerdown {

std::string WrapText(std::string_view text, int width, int indent) {
  const std::string margin(indent, ' ');
  std::string wrapped;
  std::string line;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && indent + DisplayWidth(line) + 1 + DisplayWidth(word) > width) {
      wrapped += margin + line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  return line.empty() ? wrapped : wrapped + margin + line + "\n";
}

int WidthWithin(const Style& style, int most) {
  return style.width() > 0 ? std::min(style.width(), most) : most;
}

std::string Heading(std::string_view text, const Style& style) {
  return Concat("\n", style.Paint(Ink::kStrong, text), "\n");
}

}  // namespace powerdown
