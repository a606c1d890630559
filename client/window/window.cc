#include "client/window/window.h"

#include <GLFW/glfw3.h>

#include "imgui.h"
#include "imgui/backends/imgui_impl_glfw.h"
#include "imgui/backends/imgui_impl_opengl3.h"

namespace powerdown {
namespace {

// Set by any callback of GLFW: input, resize, expose, or an empty event.
bool has_event = false;

void OnEvent(GLFWwindow*) {
  has_event = true;
}

std::string GlfwProblem(const std::string& what) {
  const char* description = nullptr;
  glfwGetError(&description);
  return what + (description != nullptr ? std::string(": ") + description : "") +
         "; without a display, use --screenshot FILE";
}

// Installed before ImGui's backend, which passes every event on to them.
void NoteEvents(GLFWwindow* window) {
  glfwSetKeyCallback(window, [](GLFWwindow* w, int, int, int, int) { OnEvent(w); });
  glfwSetCharCallback(window, [](GLFWwindow* w, unsigned) { OnEvent(w); });
  glfwSetCursorPosCallback(window, [](GLFWwindow* w, double, double) { OnEvent(w); });
  glfwSetCursorEnterCallback(window, [](GLFWwindow* w, int) { OnEvent(w); });
  glfwSetMouseButtonCallback(window, [](GLFWwindow* w, int, int, int) { OnEvent(w); });
  glfwSetScrollCallback(window, [](GLFWwindow* w, double, double) { OnEvent(w); });
  glfwSetWindowFocusCallback(window, [](GLFWwindow* w, int) { OnEvent(w); });
  glfwSetWindowRefreshCallback(window, OnEvent);
  glfwSetFramebufferSizeCallback(window, [](GLFWwindow* w, int, int) { OnEvent(w); });
  glfwSetWindowCloseCallback(window, OnEvent);
}

}  // namespace

std::unique_ptr<Window> Window::Open(const std::string& title, int width, int height,
                                     std::string* problem) {
  std::unique_ptr<Window> window(new Window());
  if (!glfwInit()) {
    *problem = GlfwProblem("cannot open a window");
    return nullptr;
  }
  window->has_glfw_ = true;
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  window->window_ = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
  if (window->window_ == nullptr) {
    *problem = GlfwProblem("cannot open a window with OpenGL 3.3");
    return nullptr;
  }
  glfwSetWindowSizeLimits(window->window_, 480, 320, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwMakeContextCurrent(window->window_);
  glfwSwapInterval(1);
  NoteEvents(window->window_);
  return window;
}

Window::~Window() {
  if (has_backends_) {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
  }
  if (window_ != nullptr) glfwDestroyWindow(window_);
  if (has_glfw_) glfwTerminate();
}

bool Window::StartDrawing() {
  has_backends_ = ImGui_ImplGlfw_InitForOpenGL(window_, /*install_callbacks=*/true) &&
                  ImGui_ImplOpenGL3_Init("#version 330 core");
  return has_backends_;
}

bool Window::Wait(double limit_seconds) {
  has_event = false;
  glfwWaitEventsTimeout(limit_seconds);
  return has_event;
}

void Window::Wake() {
  glfwPostEmptyEvent();
}

void Window::BeginFrame() {
  glfwGetFramebufferSize(window_, &width_, &height_);
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
}

void Window::EndFrame() {
  RenderFrame(width_, height_);
}

void Window::Show() {
  glfwSwapBuffers(window_);
}

Picture Window::Take(int left, int top, int width, int height) const {
  return ReadPixels(left, top, width, height, height_);
}

bool Window::should_close() const {
  return glfwWindowShouldClose(window_) != 0;
}

void Window::RequestClose() {
  glfwSetWindowShouldClose(window_, GLFW_TRUE);
}

float Window::scale() const {
  float x = 1;
  float y = 1;
  glfwGetWindowContentScale(window_, &x, &y);
  return x > 0 ? x : 1;
}

}  // namespace powerdown
