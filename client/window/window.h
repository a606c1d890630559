// The window on the screen: GLFW, OpenGL 3 and ImGui's backends. It sleeps until something happens.
// One at a time, on the main thread; Wake alone may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "client/window/picture.h"

struct GLFWwindow;

namespace powerdown {

class Window {
 public:
  // Needs an ImGui context. Null: `problem` says why.
  static std::unique_ptr<Window> Open(const std::string& title, int width, int height,
                                      std::string* problem);
  ~Window();

  // Attaches ImGui's backends; its fonts must have been added by now.
  bool StartDrawing();
  // Sleeps until input, Wake or the time limit. Returns whether there was input, or the window
  // needs to be drawn again.
  bool Wait(double limit_seconds);
  static void Wake();

  void BeginFrame();
  void EndFrame();  // draws, but does not show yet
  void Show();
  Picture Take(int left, int top, int width, int height) const;

  bool should_close() const;
  void RequestClose();
  float scale() const;  // of the monitor: 1, 1.5, 2

 private:
  Window() = default;

  GLFWwindow* window_ = nullptr;
  bool has_glfw_ = false;
  bool has_backends_ = false;
  int width_ = 0;  // of the framebuffer
  int height_ = 0;
};

}  // namespace powerdown
