#include "common/base/text_limits.h"

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace powerdown {

absl::Status CheckText(std::string_view field, std::string_view text) {
  const size_t most = TextLimitOf(field).most_bytes;
  if (text.size() > most) {
    return absl::InvalidArgumentError(
        Concat(field, ": has ", text.size(), " bytes; allowed: up to ", most));
  }
  if (IsUtf8(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat(field, ": is not UTF-8; allowed: text in UTF-8"));
}

absl::Status CheckItems(std::string_view field, size_t items) {
  const size_t most = TextLimitOf(field).most_items;
  if (items <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat(field, ": has ", items, " items; allowed: up to ", most));
}

}  // namespace powerdown
