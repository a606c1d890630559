// Secrets: made at random, compared in constant time. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace powerdown {

std::string RandomSecret();  // 256 random bits as 64 hexadecimal digits
bool EqualInConstantTime(std::string_view a, std::string_view b);  // time depends on sizes only

}  // namespace powerdown
