#include "client/cli/text/safe_text.h"

#include "common/base/utf8.h"

namespace powerdown {
namespace {

constexpr std::string_view kNoColor = "\x1b[0m";
constexpr std::string_view kBrokenText = "\xEF\xBF\xBD";  // U+FFFD

// Of the escape sequence that a text begins with (ECMA-48): CSI up to its final byte, or a string
// (OSC, DCS, …) up to BEL or ST. What is no such sequence, or never ends, is the escape alone.
size_t SequenceLength(std::string_view text) {
  if (text.size() < 2) return 1;
  if (text[1] == '[') {
    size_t end = 2;
    while (end < text.size() && text[end] >= ' ' && text[end] <= '?') ++end;
    return end < text.size() && text[end] >= '@' && text[end] <= '~' ? end + 1 : 1;
  }
  if (std::string_view("]P^_X").find(text[1]) == std::string_view::npos) return 1;
  const size_t bell = text.find('\a');
  const size_t terminator = text.find("\x1b\\", 2);
  if (bell < terminator) return bell + 1;
  return terminator == std::string_view::npos ? 1 : terminator + 2;
}

bool IsColorOf(const Style& style, std::string_view sequence) {
  if (!style.has_color() || sequence.size() < 2) return false;
  if (sequence == kNoColor) return true;
  for (const Ink ink :
       {Ink::kStrong, Ink::kFaint, Ink::kTrain, Ink::kGood, Ink::kWaste, Ink::kBad}) {
    if (style.Paint(ink, "x").starts_with(std::string(sequence) + "x")) return true;
  }
  return false;
}

}  // namespace

std::string SafeText(std::string_view text, const Style& style) {
  std::string safe;
  while (!text.empty()) {
    const Utf8Character first = FirstCharacter(text);
    size_t length = first.bytes;
    if (text[0] == '\x1b') {
      length = SequenceLength(text);
      const std::string_view sequence = text.substr(0, length);
      if (IsColorOf(style, sequence)) safe += sequence;
    } else if (!first.is_valid) {
      safe += kBrokenText;
    } else if (text[0] == '\n' || text[0] == '\t' || !IsMisleading(first.code)) {
      safe += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return safe;
}

}  // namespace powerdown
