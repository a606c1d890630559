// A theme made ready to draw with: palette, fonts of the ImGui context, scale.
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
  std::string name;          // of the family that was found, for the about line
};

struct Look {
  ThemeName theme = ThemeName::kLight;
  Fonts fonts;
  float scale = 1;

  const Palette& palette() const { return PaletteOf(theme); }
  float Px(float length) const { return length * scale; }  // rounded by the drawing
};

// Loads the fonts into the context's atlas: Inter, SF or DejaVu, whichever the system has, else
// ImGui's own. Call once a context and scale, before the first frame.
Fonts LoadFonts(float scale);

// Colours, paddings and radii of ImGui's own widgets.
void ApplyLook(const Look& look);

}  // namespace powerdown
