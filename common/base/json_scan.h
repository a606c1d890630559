// Walks through JSON text without reading it. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace powerdown {

// Calls `visit(i, c)` with each character outside of strings, until it returns false.
template <typename Visit>
void ForEachOutsideStrings(std::string_view text, Visit&& visit) {
  bool is_in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') ++i;
      if (c == '"') is_in_string = false;
    } else if (c == '"') {
      is_in_string = true;
    } else if (!visit(i, c)) {
      return;
    }
  }
}

}  // namespace powerdown
