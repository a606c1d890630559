#include "client/window/offscreen.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/gl.h>
#include <GL/glext.h>

#include "imgui.h"
#include "imgui/backends/imgui_impl_opengl3.h"

namespace powerdown {
namespace {

template <typename Function>
Function Find(const char* name) {
  return reinterpret_cast<Function>(eglGetProcAddress(name));
}

}  // namespace

std::unique_ptr<Offscreen> Offscreen::Open(int width, int height, std::string* problem) {
  std::unique_ptr<Offscreen> offscreen(new Offscreen(width, height));
  *problem = offscreen->Start();
  return problem->empty() ? std::move(offscreen) : nullptr;
}

std::string Offscreen::Start() {
  if (std::string problem = StartContext(); !problem.empty()) return problem;
  if (std::string problem = StartFramebuffer(); !problem.empty()) return problem;
  has_renderer_ = ImGui_ImplOpenGL3_Init("#version 330 core");
  return has_renderer_ ? "" : "OpenGL 3.3 is missing; install libgl1-mesa-dri";
}

std::string Offscreen::StartContext() {
  const auto get_display = Find<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  if (get_display == nullptr) return "EGL cannot draw without a display; install libegl-mesa0";
  display_ = get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
  if (display_ == EGL_NO_DISPLAY || !eglInitialize(display_, nullptr, nullptr)) {
    return "EGL cannot start; install libegl-mesa0 and libgl1-mesa-dri";
  }
  if (!eglBindAPI(EGL_OPENGL_API)) return "EGL has no OpenGL; install libgl1-mesa-dri";
  const EGLint wanted[] = {EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE, 0, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (!eglChooseConfig(display_, wanted, &config, 1, &count) || count == 0) {
    return "EGL has no configuration for OpenGL; install libgl1-mesa-dri";
  }
  const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION,
                            3,
                            EGL_CONTEXT_MINOR_VERSION,
                            3,
                            EGL_CONTEXT_OPENGL_PROFILE_MASK,
                            EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                            EGL_NONE};
  context_ = eglCreateContext(display_, config, EGL_NO_CONTEXT, version);
  if (context_ == EGL_NO_CONTEXT ||
      !eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_)) {
    return "OpenGL 3.3 cannot start; install libgl1-mesa-dri";
  }
  return "";
}

std::string Offscreen::StartFramebuffer() {
  GLuint framebuffer = 0;
  GLuint colors = 0;
  Find<PFNGLGENFRAMEBUFFERSPROC>("glGenFramebuffers")(1, &framebuffer);
  Find<PFNGLBINDFRAMEBUFFERPROC>("glBindFramebuffer")(GL_FRAMEBUFFER, framebuffer);
  Find<PFNGLGENRENDERBUFFERSPROC>("glGenRenderbuffers")(1, &colors);
  Find<PFNGLBINDRENDERBUFFERPROC>("glBindRenderbuffer")(GL_RENDERBUFFER, colors);
  Find<PFNGLRENDERBUFFERSTORAGEPROC>("glRenderbufferStorage")(GL_RENDERBUFFER, GL_RGBA8, width_,
                                                              height_);
  Find<PFNGLFRAMEBUFFERRENDERBUFFERPROC>("glFramebufferRenderbuffer")(
      GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colors);
  const GLenum state =
      Find<PFNGLCHECKFRAMEBUFFERSTATUSPROC>("glCheckFramebufferStatus")(GL_FRAMEBUFFER);
  return state == GL_FRAMEBUFFER_COMPLETE ? "" : "OpenGL refuses a framebuffer of this size";
}

Offscreen::~Offscreen() {
  if (has_renderer_) ImGui_ImplOpenGL3_Shutdown();
  if (display_ == nullptr) return;
  eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  if (context_ != nullptr) eglDestroyContext(display_, context_);
  eglTerminate(display_);
}

void Offscreen::BeginFrame(double seconds) {
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {static_cast<float>(width_), static_cast<float>(height_)};
  io.DeltaTime = static_cast<float>(seconds);
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
}

void Offscreen::EndFrame() {
  RenderFrame(width_, height_);
}

Picture Offscreen::Take() const {
  return ReadPixels(0, 0, width_, height_, height_);
}

std::string Offscreen::renderer() const {
  const auto text = [](GLenum name) {
    const GLubyte* told = glGetString(name);
    return std::string(told != nullptr ? reinterpret_cast<const char*>(told) : "unknown");
  };
  return text(GL_RENDERER) + ", " + text(GL_VERSION);
}

}  // namespace powerdown
