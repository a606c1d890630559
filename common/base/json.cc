#include "common/base/json.h"

#include <algorithm>
#include <cmath>

#include "common/base/json_scan.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

// The deepest nesting of brackets outside of strings.
int DepthOf(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  ForEachOutsideStrings(text, [&](size_t, char c) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
    return true;
  });
  return deepest;
}

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text) {
  if (DepthOf(text) > kMostJsonDepth) {
    return absl::InvalidArgumentError(
        Concat("not JSON that this program reads: nested deeper than ", kMostJsonDepth, " levels"));
  }
  Json json = Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return absl::InvalidArgumentError("not JSON");
  return json;
}

absl::StatusOr<Json> ParseJsonObject(std::string_view text) {
  absl::StatusOr<Json> json = ParseJson(text);
  if (json.ok() ? json->is_object() : DepthOf(text) > kMostJsonDepth) return json;
  return absl::InvalidArgumentError("not a JSON object");
}

std::string JsonText(const Json& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

Json NumberJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

}  // namespace powerdown
