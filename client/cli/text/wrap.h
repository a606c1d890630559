// Sentences and headings as lines. Pure.
#pragma once

#include <string>
#include <string_view>

#include "client/cli/text/style.h"

namespace powerdown {

// Lines of at most `width` columns, broken at spaces, each after `indent` spaces; each ends with a
// newline. A word longer than a line stays whole.
std::string WrapText(std::string_view text, int width, int indent);

// The terminal's width, but at most `most`, beyond which lines are hard to read.
int WidthWithin(const Style& style, int most);

// A heading: an empty line, then `text` in bold.
std::string Heading(std::string_view text, const Style& style);

}  // namespace powerdown
