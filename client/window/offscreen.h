// Draws ImGui frames without display or graphics card: EGL surfaceless and a framebuffer object.
// Mesa's software renderer is enough. One at a time, on one thread.
#pragma once

#include <memory>
#include <string>

#include "client/window/picture.h"

namespace powerdown {

class Offscreen {
 public:
  // Needs an ImGui context with its fonts added. Null: `problem` says why and what to install.
  static std::unique_ptr<Offscreen> Open(int width, int height, std::string* problem);
  ~Offscreen();

  void BeginFrame(double seconds);  // since the last frame
  // Draws what ImGui was told since BeginFrame.
  void EndFrame();
  Picture Take() const;
  std::string renderer() const;  // "llvmpipe (LLVM 15.0.6, 256 bits), … Mesa 22.3.6"

 private:
  Offscreen(int width, int height) : width_(width), height_(height) {}
  std::string Start();
  std::string StartContext();
  std::string StartFramebuffer();

  const int width_;
  const int height_;
  void* display_ = nullptr;
  void* context_ = nullptr;
  bool has_renderer_ = false;
};

}  // namespace powerdown
