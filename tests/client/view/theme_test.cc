#include "client/view/theme.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

double Luminance(Color color) {
  constexpr double kWeights[] = {0.2126, 0.7152, 0.0722};
  double luminance = 0;
  for (int channel = 0; channel < 3; ++channel) {
    const double value = (color >> (8 * channel) & 0xFF) / 255.0;
    luminance += kWeights[channel] *
                 (value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return luminance;
}

// Relative luminance contrast of two opaque colours, 1 to 21 (WCAG 2.1).
double ContrastOf(Color a, Color b) {
  const auto [darker, lighter] = std::minmax({Luminance(a), Luminance(b)});
  return (lighter + 0.05) / (darker + 0.05);
}

TEST(ThemeTest, TextOfEachRankHasTheContrastThatTheHeaderPromises) {
  for (const ThemeName name : {ThemeName::kLight, ThemeName::kDark, ThemeName::kContrast}) {
    const Palette& palette = PaletteOf(name);
    const double least = name == ThemeName::kContrast ? 7 : 4.5;
    for (const Color text : {palette.text, palette.muted, palette.faint}) {
      EXPECT_GE(ContrastOf(text, palette.surface), least) << NameOf(name) << " " << text;
    }
    EXPECT_GE(ContrastOf(palette.on_accent, palette.accent), least) << NameOf(name);
  }
}

TEST(ThemeTest, EachNameLeadsBackToItsTheme) {
  for (const ThemeName name : {ThemeName::kLight, ThemeName::kDark, ThemeName::kContrast}) {
    EXPECT_EQ(FindNamed<ThemeName>(NameOf(name)), name);
  }
  EXPECT_EQ(FindNamed<ThemeName>("sepia"), std::nullopt);
}

}  // namespace
}  // namespace powerdown
