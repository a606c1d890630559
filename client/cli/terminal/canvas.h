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
// `share` of `to`, the rest of `from`.
Colour Mix(Colour from, Colour to, double share);

class Canvas {
 public:
  Canvas(int width, int height, Colour background);
  void Fill(int left, int top, int width, int height, Colour colour);  // clipped
  // In letters `scale` times 8 pixels high, of which `text` is ASCII; returns its width.
  int Write(int left, int top, const std::string& text, Colour colour, int scale = 2);
  static int WidthOf(const std::string& text, int scale = 2);
  Picture Take() { return std::move(picture_); }

 private:
  Picture picture_;
};

}  // namespace powerdown
