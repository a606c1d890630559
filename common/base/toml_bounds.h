// Bounds of TOML from others, checked before toml++ reads it: toml++ 3.3 bounds how deep values are
// nested, but tables of dotted keys are taken down recursively, and 100,000 dots end the process.
// Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace powerdown {

inline constexpr size_t kMostTomlBytes = size_t{4} << 20;  // a spec may hold a data set of 1 MiB
inline constexpr int kMostTomlDepth = 16;  // of brackets, and of one key; ours have two

// InvalidArgument names the file, the line and what is allowed.
absl::Status CheckToml(std::string_view toml, std::string_view file_name);

}  // namespace powerdown
