// Text and numbers for a page of HTML that stands alone: escaped, with its style inside. Pure.
#pragma once

#include <string>
#include <string_view>

namespace powerdown {

// For text and for attributes in double quotes. Control characters become "?".
std::string Escaped(std::string_view text);
// A whole document: light and dark follow the reader's system; no script, nothing from elsewhere.
std::string HtmlPage(std::string_view title, std::string_view body);
// A coordinate of a drawing: "12.3", without needless zeros.
std::string Coordinate(double value);

}  // namespace powerdown
