// Bridges std::string_view, which our interfaces use, to Abseil's own, which Debian's build has.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace powerdown {

inline absl::string_view AbslView(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view StdView(absl::string_view text) {
  return {text.data(), text.size()};
}

template <typename T>
decltype(auto) ConcatPart(const T& part) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return AbslView(part);
  } else {
    return (part);
  }
}
// absl::StrCat that takes std::string_view too.
template <typename... Parts>
std::string Concat(const Parts&... parts) {
  return absl::StrCat(ConcatPart(parts)...);
}

template <typename Texts>
std::string Join(const Texts& texts, std::string_view separator) {
  std::string joined;
  bool is_first = true;
  for (const auto& text : texts) {
    if (!is_first) joined.append(separator);
    is_first = false;
    joined.append(text);
  }
  return joined;
}

}  // namespace powerdown
