// One text as a field of CSV (RFC 4180), also in the hands of a spreadsheet. Pure.
#pragma once

#include <string>
#include <string_view>

namespace powerdown {

// Quoted where it must be. A text that a spreadsheet would run, beginning with = + - @, a tab or a
// carriage return, gets an apostrophe in front (OWASP, "CSV Injection"), unless it is a number.
// Characters that IsMisleading but tabs and line ends become "?".
std::string CsvField(std::string_view text);

}  // namespace powerdown
