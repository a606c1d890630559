// A theme ready to draw with: palette, fonts of the ImGui context, scale.
#pragma once

#include <string>

#include "client/view/theme.h"
#include "imgui.h"

namespace powerdown {

struct Fonts {
  ImFont* body = nullptr;
  ImFont* strong = nullptr;
  ImFont* small = nullptr;
  ImFont* title = nullptr;
  ImFont* figure = nullptr;  // the big counters
  std::string name;          // of the font family that was found, for the about line
};

struct Look {
  ThemeName theme = ThemeName::kLight;
  Fonts fonts;
  float scale = 1;

  const Palette& palette() const { return PaletteOf(theme); }
  float Px(float length) const { return length * scale; }  // rounded by the drawing
};

// Loads fonts into the context's atlas: the first of Inter, SF and DejaVu that the system has, else
// ImGui's own. Call once for each context and scale, before the first frame.
Fonts LoadFonts(float scale);

// Colours, paddings and radii of ImGui's own widgets.
void ApplyLook(const Look& look);

}  // namespace powerdown
