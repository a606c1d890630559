// Text that others wrote, made fit to be stored, sent and shown: whole UTF-8, cut only between
// characters, harmless on a terminal. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace powerdown {

// The character that a text begins with. Bytes that are not UTF-8 (RFC 3629) are taken one by one,
// as U+FFFD.
struct Utf8Character {
  uint32_t code = 0;
  size_t bytes = 1;
  bool is_valid = true;
};
Utf8Character FirstCharacter(std::string_view text);  // of a text that is not empty

bool IsUtf8(std::string_view text);
std::string ToUtf8(std::string_view text);  // bytes that are not UTF-8 become U+FFFD

// The longest beginning of `text` with at most so many bytes that does not end within a character.
std::string_view CutUtf8(std::string_view text, size_t most_bytes);
// `text`, or its beginning and "…" where it is longer; at most so many bytes, always UTF-8.
std::string ShortText(std::string_view text, size_t most_bytes);

// Whether a terminal, a window or a reader could be misled by this character: C0, DEL and C1
// controls, and what is not seen but changes what is: directions of writing, zero-width characters,
// line and paragraph separators, tags.
bool IsMisleading(uint32_t code);

}  // namespace powerdown
