#include "client/view/theme.h"

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

constexpr Color Rgb(uint32_t rgb) {
  return 0xFF000000u | (rgb & 0xFF) << 16 | (rgb & 0xFF00) | (rgb >> 16 & 0xFF);
}

constexpr Palette kLight = {
    .background = Rgb(0xF4F5F8),
    .surface = Rgb(0xFFFFFF),
    .sunken = Rgb(0xEEF0F4),
    .hover = Rgb(0xE5E9F0),
    .border = Rgb(0xDFE3EA),
    .grid = Rgb(0xECEEF2),
    .text = Rgb(0x161D29),
    .muted = Rgb(0x525D6F),
    .faint = Rgb(0x6B7687),
    .accent = Rgb(0x1D5BD1),
    .on_accent = Rgb(0xFFFFFF),
    .good = Rgb(0x007A5A),
    .waste = Rgb(0xC44F00),
    .bad = Rgb(0xB3261E),
    .train = Rgb(0xC98400),
    .validation = Rgb(0x0072B2),
    .series = {Rgb(0x0072B2), Rgb(0xC98400), Rgb(0x007A5A), Rgb(0xA8518A), Rgb(0xC44F00),
               Rgb(0x3A3F4A)},
};

constexpr Palette kDark = {
    .background = Rgb(0x0E1218),
    .surface = Rgb(0x161B23),
    .sunken = Rgb(0x1E2530),
    .hover = Rgb(0x28313E),
    .border = Rgb(0x28303C),
    .grid = Rgb(0x222934),
    .text = Rgb(0xE9EDF3),
    .muted = Rgb(0xA9B4C3),
    .faint = Rgb(0x8491A3),
    .accent = Rgb(0x6FA8FF),
    .on_accent = Rgb(0x0A1220),
    .good = Rgb(0x43CFA0),
    .waste = Rgb(0xFF9057),
    .bad = Rgb(0xFF8A80),
    .train = Rgb(0xF2BC45),
    .validation = Rgb(0x5FBBF0),
    .series = {Rgb(0x5FBBF0), Rgb(0xF2BC45), Rgb(0x43CFA0), Rgb(0xE09AC4), Rgb(0xFF9057),
               Rgb(0xE9EDF3)},
};

constexpr Palette kContrast = {
    .background = Rgb(0x000000),
    .surface = Rgb(0x000000),
    .sunken = Rgb(0x1A1A1A),
    .hover = Rgb(0x333333),
    .border = Rgb(0xFFFFFF),
    .grid = Rgb(0x4A4A4A),
    .text = Rgb(0xFFFFFF),
    .muted = Rgb(0xF0F0F0),
    .faint = Rgb(0xDADADA),
    .accent = Rgb(0xFFE14D),
    .on_accent = Rgb(0x000000),
    .good = Rgb(0x6BFFC4),
    .waste = Rgb(0xFFAE70),
    .bad = Rgb(0xFF9E97),
    .train = Rgb(0xFFD24D),
    .validation = Rgb(0x6FD0FF),
    .series = {Rgb(0x6FD0FF), Rgb(0xFFD24D), Rgb(0x6BFFC4), Rgb(0xFFA6DC), Rgb(0xFFAE70),
               Rgb(0xFFFFFF)},
};

}  // namespace

const Palette& PaletteOf(ThemeName name) {
  switch (name) {
    case ThemeName::kDark:
      return kDark;
    case ThemeName::kContrast:
      return kContrast;
    case ThemeName::kLight:
      break;
  }
  return kLight;
}

Color WithAlpha(Color color, float alpha) {
  const auto opacity = static_cast<uint32_t>(std::lround(std::clamp(alpha, 0.0f, 1.0f) * 255));
  return (color & 0x00FFFFFF) | opacity << 24;
}

}  // namespace powerdown
