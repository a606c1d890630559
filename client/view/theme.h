// How everything looks: three palettes, the spacing grid, corner radii. Pure values.
//
// Series colours are Okabe and Ito's (2008), told apart by all common kinds of colour blindness,
// lightened or darkened per palette; nothing is shown by colour alone. Text has a contrast of at
// least 4.5:1 on its surface (WCAG 2.1, 1.4.3), in the high-contrast palette at least 7:1.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/named.h"

namespace powerdown {

enum class ThemeName { kLight, kDark, kContrast };
template <>
struct NamesOf<ThemeName> {
  static constexpr std::string_view kNames[] = {"light", "dark", "contrast"};
};

using Color = uint32_t;  // 0xAABBGGRR, as ImGui packs it

struct Palette {
  Color background;  // of the window
  Color surface;     // of cards
  Color sunken;      // of fields and wells
  Color hover;
  Color border;
  Color grid;
  Color text;
  Color muted;  // second-rank text
  Color faint;  // axis labels, hints
  Color accent;
  Color on_accent;
  Color good;
  Color waste;
  Color bad;
  Color train;
  Color validation;
  Color series[6];  // of overlays, in this order
};

const Palette& PaletteOf(ThemeName name);
Color WithAlpha(Color color, float alpha);

// Lengths before scaling; everything sits on a grid of 4.
namespace spacing {
inline constexpr float kTiny = 4;
inline constexpr float kSmall = 8;
inline constexpr float kMedium = 12;
inline constexpr float kLarge = 16;
inline constexpr float kHuge = 24;
inline constexpr float kRadius = 8;
inline constexpr float kSmallRadius = 6;
}  // namespace spacing

}  // namespace powerdown
