// Wording that messages to people share: quoting what they typed, and guessing what they meant.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace powerdown {

// In double quotes, control characters escaped, at most 80 characters of it.
std::string Quoted(std::string_view text);
// The candidate with the fewest edits, if a typing error explains it; else empty.
std::string_view ClosestWord(std::string_view text,
                             const std::vector<std::string_view>& candidates);
// The candidate with the fewest edits, however many; empty if there is none.
std::string_view NearestWord(std::string_view text,
                             const std::vector<std::string_view>& candidates);
// ` is not known; did you mean "addition"? allowed: addition, subtraction`.
std::string NotKnown(std::string_view text, const std::vector<std::string_view>& candidates);
std::string CountText(int64_t count);           // "1,450"
std::string Fixed(double value, int decimals);  // "12.3"
// "99.8%". Only 1 prints as 100%, and only 0 as 0%.
std::string PercentText(double share, int decimals = 1);
// Control characters made visible, so that a name cannot steer a terminal or a window.
std::string Printable(std::string_view text);

}  // namespace powerdown
