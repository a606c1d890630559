#include "client/cli/terminal/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "stb/stb_easy_font.h"

namespace powerdown {
namespace {

// What stb_easy_font writes for one corner of a quad.
struct Corner {
  float x, y, z;
  uint32_t colour;
};

// Bytes per character. The documentation of stb_easy_font says about 270 on average.
constexpr size_t kBytesPerLetter = 320;

}  // namespace

Colour Mix(Colour from, Colour to, double share) {
  const auto mix = [share](uint8_t a, uint8_t b) {
    return static_cast<uint8_t>(std::lround(a + (b - a) * std::clamp(share, 0.0, 1.0)));
  };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

Canvas::Canvas(int width, int height, Colour background) {
  picture_.width = width;
  picture_.height = height;
  picture_.rgb.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  Fill(0, 0, width, height, background);
}

void Canvas::Fill(int left, int top, int width, int height, Colour colour) {
  const int right = std::min(left + width, picture_.width);
  const int bottom = std::min(top + height, picture_.height);
  for (int y = std::max(0, top); y < bottom; ++y) {
    for (int x = std::max(0, left); x < right; ++x) {
      uint8_t* pixel = &picture_.rgb[static_cast<size_t>(y * picture_.width + x) * 3];
      pixel[0] = colour.red;
      pixel[1] = colour.green;
      pixel[2] = colour.blue;
    }
  }
}

int Canvas::Write(int left, int top, const std::string& text, Colour colour, int scale) {
  std::vector<Corner> corners(text.size() * kBytesPerLetter / sizeof(Corner) + 4);
  std::string letters = text;
  const int quads = stb_easy_font_print(0, 0, letters.data(), nullptr, corners.data(),
                                        static_cast<int>(corners.size() * sizeof(Corner)));
  for (int quad = 0; quad < quads; ++quad) {
    const Corner& first = corners[static_cast<size_t>(quad) * 4];
    const Corner& third = corners[static_cast<size_t>(quad) * 4 + 2];
    Fill(left + static_cast<int>(first.x) * scale, top + static_cast<int>(first.y) * scale,
         static_cast<int>(third.x - first.x) * scale, static_cast<int>(third.y - first.y) * scale,
         colour);
  }
  return WidthOf(text, scale);
}

int Canvas::WidthOf(const std::string& text, int scale) {
  std::string letters = text;
  return stb_easy_font_width(letters.data()) * scale;
}

}  // namespace powerdown
