// Json with its definition, for code that makes or reads values; headers that only name it include
// common/base/json_fwd.h, which costs a tenth to compile. Parsing and printing go through the
// functions below: each is compiled once, and no text from elsewhere can throw or overflow the
// stack. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/json_fwd.h"

namespace powerdown {

// Arrays and objects within each other. What we write is under ten deep; copying and printing a
// value recurse.
inline constexpr int kMostJsonDepth = 64;

// InvalidArgument: not JSON, not UTF-8, or nested deeper than kMostJsonDepth.
absl::StatusOr<Json> ParseJson(std::string_view text);
// InvalidArgument also if the text is some other value.
absl::StatusOr<Json> ParseJsonObject(std::string_view text);

// One line, or lines that are indented by so many spaces. Bytes that are not UTF-8 become U+FFFD.
std::string JsonText(const Json& json, int indent = -1);

Json NumberJson(double value);          // NaN and infinities: "NaN", "Infinity", "-Infinity"
std::string TimeText(absl::Time time);  // RFC 3339, UTC, microseconds

}  // namespace powerdown
