#include "client/window/picture.h"

#include <GL/gl.h>
#include <stb/stb_image_write.h>

#include <algorithm>

#include "imgui.h"
#include "imgui/backends/imgui_impl_opengl3.h"

namespace powerdown {

void RenderFrame(int width, int height) {
  ImGui::Render();
  glViewport(0, 0, width, height);
  glClearColor(0, 0, 0, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

Picture ReadPixels(int left, int top, int width, int height, int framebuffer_height) {
  Picture picture{width, height, {}};
  const size_t row = static_cast<size_t>(width) * 3;
  std::vector<uint8_t> upside_down(row * height);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(left, framebuffer_height - top - height, width, height, GL_RGB, GL_UNSIGNED_BYTE,
               upside_down.data());
  picture.rgb.resize(upside_down.size());
  for (int y = 0; y < height; ++y) {
    std::copy_n(upside_down.begin() + static_cast<std::ptrdiff_t>(row * (height - 1 - y)), row,
                picture.rgb.begin() + static_cast<std::ptrdiff_t>(row * y));
  }
  return picture;
}

bool WritePng(const Picture& picture, const std::string& path) {
  return stbi_write_png(path.c_str(), picture.width, picture.height, 3, picture.rgb.data(),
                        picture.width * 3) != 0;
}

}  // namespace powerdown
