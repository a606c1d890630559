#include "client/cli/terminal/canvas.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace powerdown {
namespace {

TEST(CanvasTest, RectanglesAreClipped) {
  Canvas canvas(4, 3, {255, 255, 255});
  canvas.Fill(-5, -5, 7, 7, {1, 2, 3});
  canvas.Fill(3, 2, 100, 100, {9, 9, 9});
  const Picture picture = canvas.Take();
  EXPECT_EQ(picture.rgb[0], 1);
  EXPECT_EQ(picture.rgb[(1 * 4 + 1) * 3 + 2], 3);
  EXPECT_EQ(picture.rgb[(1 * 4 + 2) * 3], 255);
  EXPECT_EQ(picture.rgb[(2 * 4 + 3) * 3], 9);
}

TEST(CanvasTest, TextLeavesInkWithinItsWidth) {
  Canvas canvas(300, 30, {255, 255, 255});
  const int width = canvas.Write(10, 5, "step 720", {0, 0, 0});
  const Picture picture = canvas.Take();
  int first = 300;
  int last = 0;
  for (int i = 0; i < picture.width * picture.height; ++i) {
    if (picture.rgb[static_cast<size_t>(i) * 3] != 0) continue;
    first = std::min(first, i % picture.width);
    last = std::max(last, i % picture.width);
  }
  EXPECT_GE(first, 10);
  EXPECT_GT(last, first + 50);
  EXPECT_LE(last, 10 + width);
}

TEST(CanvasTest, MixGoesFromOneColourToTheOther) {
  EXPECT_EQ(Mix({0, 0, 0}, {200, 100, 50}, 0.5).red, 100);
  EXPECT_EQ(Mix({0, 0, 0}, {200, 100, 50}, 7).green, 100);
}

}  // namespace
}  // namespace powerdown
