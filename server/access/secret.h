// Secrets: made at random, compared in constant time. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace powerdown {

std::string RandomSecret();  // 256 random bits as 64 hexadecimal digits
// 32 random bytes from a file of mode 0600 with their 64 hexadecimal digits, made if it is missing.
// FailedPrecondition if it holds something else: another key would make this another daemon.
absl::StatusOr<std::string> EnsureKey(const std::string& path);
bool EqualInConstantTime(std::string_view a, std::string_view b);  // time depends on sizes only

}  // namespace powerdown
