#include "common/base/utf8.h"

#include <algorithm>

namespace powerdown {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;
constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct Range {
  uint32_t first;
  uint32_t last;
};

// Unicode 15: categories Cc and Cf, and the separators of lines and paragraphs.
constexpr Range kMisleading[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},
    {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},
    {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
};

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace

Utf8Character FirstCharacter(std::string_view text) {
  constexpr Utf8Character kBroken{kReplacement, 1, false};
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xC2 || lead > 0xF4) return kBroken;
  const size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < bytes) return kBroken;
  uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if (!IsContinuation(text[i])) return kBroken;
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  const bool is_overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (is_overlong || is_surrogate || code > 0x10FFFF) return kBroken;
  return {code, bytes, true};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character first = FirstCharacter(text);
    if (!first.is_valid) return false;
    text.remove_prefix(first.bytes);
  }
  return true;
}

std::string ToUtf8(std::string_view text) {
  if (IsUtf8(text)) return std::string(text);
  std::string whole;
  while (!text.empty()) {
    const Utf8Character first = FirstCharacter(text);
    whole += first.is_valid ? text.substr(0, first.bytes) : kReplacementText;
    text.remove_prefix(first.bytes);
  }
  return whole;
}

std::string_view CutUtf8(std::string_view text, size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  size_t end = most_bytes;
  // A character has at most three bytes after its first.
  for (int i = 0; i < 3 && end > 0 && IsContinuation(text[end]); ++i) --end;
  return text.substr(0, end);
}

std::string ShortText(std::string_view text, size_t most_bytes) {
  std::string whole = ToUtf8(CutUtf8(text, most_bytes));
  if (text.size() <= most_bytes && whole.size() <= most_bytes) return whole;
  if (most_bytes < kEllipsis.size()) return std::string(CutUtf8(whole, most_bytes));
  return std::string(CutUtf8(whole, most_bytes - kEllipsis.size())).append(kEllipsis);
}

bool IsMisleading(uint32_t code) {
  return std::any_of(std::begin(kMisleading), std::end(kMisleading),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

}  // namespace powerdown
