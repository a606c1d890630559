#include "client/cli/text/style.h"

#include <algorithm>
#include <cstdint>

#include "common/base/text.h"

namespace powerdown {
namespace {

// The 16 colours that every terminal's theme defines, so that they fit dark and light ones.
std::string_view ColorCode(Ink ink) {
  switch (ink) {
    case Ink::kPlain:
      return "";
    case Ink::kStrong:
      return "\x1b[1m";
    case Ink::kFaint:
      return "\x1b[2m";
    case Ink::kTrain:
      return "\x1b[36m";
    case Ink::kValidation:
    case Ink::kGood:
      return "\x1b[32m";
    case Ink::kWaste:
      return "\x1b[33m";
    case Ink::kBad:
      return "\x1b[31m";
  }
  return "";
}

// One piece of text: a character, or a colour code of no width.
struct Piece {
  std::string_view bytes;
  int width = 0;
};

int CharacterWidth(uint32_t code) {
  if (code < 0x20 || code == 0x7F) return 0;
  if (code >= 0x300 && code <= 0x36F) return 0;    // combining marks
  if (code >= 0x200B && code <= 0x200F) return 0;  // zero-width characters
  const bool is_wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                       (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                       (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                       (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return is_wide ? 2 : 1;
}

size_t EscapeLength(std::string_view text) {
  size_t length = 2;
  while (length < text.size() && (text[length] < '@' || text[length] > '~')) ++length;
  return std::min(length + 1, text.size());
}

Piece NextPiece(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead == 0x1b && text.size() > 1 && text[1] == '[') {
    return {text.substr(0, EscapeLength(text)), 0};
  }
  size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  length = std::min(length, text.size());
  uint32_t code = lead < 0x80 ? lead : lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  return {text.substr(0, length), CharacterWidth(code)};
}

}  // namespace

std::string Style::Paint(Ink ink, std::string_view text) const {
  const std::string_view code = has_color_ ? ColorCode(ink) : "";
  if (code.empty() || text.empty()) return std::string(text);
  return Concat(code, text, "\x1b[0m");
}

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Piece piece = NextPiece(text);
    width += piece.width;
    text.remove_prefix(piece.bytes.size());
  }
  return width;
}

std::string FitWidth(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width <= 0) return "";
  std::string fitted;
  int used = 0;
  bool is_cut = false;
  while (!text.empty()) {
    const Piece piece = NextPiece(text);
    if (piece.width > 0 && used + piece.width > width - 1) {
      if (!is_cut) fitted += "…";
      is_cut = true;
    }
    if (piece.width == 0 || !is_cut) fitted += piece.bytes;
    used += piece.width;
    text.remove_prefix(piece.bytes.size());
  }
  return fitted;
}

std::string PadRight(std::string_view text, int width) {
  return Concat(text, std::string(std::max(0, width - DisplayWidth(text)), ' '));
}

std::string PadLeft(std::string_view text, int width) {
  return Concat(std::string(std::max(0, width - DisplayWidth(text)), ' '), text);
}

std::string Repeat(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

}  // namespace powerdown
