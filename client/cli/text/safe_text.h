// What a terminal may be sent of text that others had a hand in. Pure.
#pragma once

#include <string>
#include <string_view>

#include "client/cli/text/style.h"

namespace powerdown {

// `text` without escape sequences but the colours that `style` paints, and without the characters
// that IsMisleading but tabs and newlines.
std::string SafeText(std::string_view text, const Style& style);

}  // namespace powerdown
