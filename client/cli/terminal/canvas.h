// Pixels, rectangles and small text. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "client/cli/terminal/grid_picture.h"

namespace powerdown {

struct Colour {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
};
// A mixture with `share` (0 to 1) of `to`; the rest is `from`.
Colour Mix(Colour from, Colour to, double share);

class Canvas {
 public:
  Canvas(int width, int height, Colour background);
  void Fill(int left, int top, int width, int height, Colour colour);  // clipped
  // ASCII text in letters of `scale` times 8 pixels; returns the width of the text.
  int Write(int left, int top, const std::string& text, Colour colour, int scale = 2);
  static int WidthOf(const std::string& text, int scale = 2);
  Picture Take() { return std::move(picture_); }

 private:
  Picture picture_;
};

}  // namespace powerdown
