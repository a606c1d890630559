// The current OpenGL framebuffer: a frame drawn into it, its pixels, and their PNG file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace powerdown {

// Rows from the top, three bytes a pixel.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

// Draws what ImGui was told since its NewFrame, on black, into a framebuffer of this size.
void RenderFrame(int width, int height);
// A part of the framebuffer, measured from its top left corner; `framebuffer_height` is its whole
// height. Call between drawing and showing a frame.
Picture ReadPixels(int left, int top, int width, int height, int framebuffer_height);
bool WritePng(const Picture& picture, const std::string& path);  // false: cannot be written

}  // namespace powerdown
