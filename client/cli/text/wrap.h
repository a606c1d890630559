// Breaks sentences into lines. Pure.
#pragma once

#include <string>
#include <string_view>

namespace powerdown {

// Lines of at most `width` columns, broken at spaces, each after `indent` spaces; each ends with a
// newline. A word longer than a line stays whole.
std::string WrapText(std::string_view text, int width, int indent);

}  // namespace powerdown
