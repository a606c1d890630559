#include "common/base/toml_bounds.h"

#include <algorithm>
#include <cstdint>

#include "common/base/text.h"

namespace powerdown {
namespace {

// Where the string or comment that begins at `start` ends; `start` itself if there is none.
size_t EndOfOpaque(std::string_view toml, size_t start) {
  const auto end_after = [&](std::string_view mark, size_t from) {
    const size_t found = toml.find(mark, from);
    return found == std::string_view::npos ? toml.size() : found + mark.size();
  };
  const std::string_view rest = toml.substr(start);
  if (rest[0] == '#') return std::min(toml.find('\n', start), toml.size());
  for (const std::string_view mark : {"\"\"\"", "'''"}) {
    if (rest.starts_with(mark)) return end_after(mark, start + mark.size());
  }
  if (rest[0] == '\'') return end_after("'", start + 1);
  if (rest[0] != '"') return start;
  for (size_t i = start + 1; i < toml.size() && toml[i] != '\n'; ++i) {
    if (toml[i] == '\\') {
      ++i;
    } else if (toml[i] == '"') {
      return i + 1;
    }
  }
  return toml.size();
}

}  // namespace

absl::Status CheckToml(std::string_view toml, std::string_view file_name) {
  if (toml.size() > kMostTomlBytes) {
    return absl::InvalidArgumentError(
        Concat(file_name, ": has ", toml.size(), " bytes; allowed: up to ", kMostTomlBytes));
  }
  int brackets = 0;
  int dots = 0;
  for (size_t i = 0; i < toml.size();) {
    if (const size_t end = EndOfOpaque(toml, i); end > i) {
      i = end;
      continue;
    }
    const char c = toml[i++];
    if (c == '[' || c == '{') ++brackets;
    if (c == ']' || c == '}') brackets = std::max(0, brackets - 1);
    if (c == '.') ++dots;
    if (c == '\n' || c == '=' || c == ',' || c == '{') dots = 0;
    if (brackets <= kMostTomlDepth && dots <= kMostTomlDepth) continue;
    const auto line = std::count(toml.begin(), toml.begin() + static_cast<int64_t>(i), '\n') + 1;
    return absl::InvalidArgumentError(
        Concat(file_name, ":", line, ": nested deeper than ", kMostTomlDepth, " levels"));
  }
  return absl::OkStatus();
}

}  // namespace powerdown
