#include "client/app/screenshot.h"

#include "client/window/offscreen.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

// Scroll bars and popups need a frame or two to find their size.
constexpr int kFramesToSettle = 4;
constexpr double kFrameSeconds = 1.0 / 60;

std::string& Copied() {
  static auto& copied = *new std::string();
  return copied;
}

struct ContextEnd {
  ~ContextEnd() { ImGui::DestroyContext(); }
};

}  // namespace

absl::Status TakeScreenshot(const GuiOptions& options, const AppModel& model, ShellState& state,
                            absl::Time now, const std::function<void(const Intents&)>& carry) {
  ImGui::CreateContext();
  const ContextEnd end;
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.SetClipboardTextFn = [](void*, const char* text) { Copied() = text; };
  Look look{.theme = options.theme.value_or(ThemeName::kLight),
            .scale = options.scale > 0 ? options.scale : 1};
  look.fonts = LoadFonts(look.scale);
  ApplyLook(look);
  std::string problem;
  const auto offscreen = Offscreen::Open(options.width, options.height, &problem);
  if (offscreen == nullptr) return absl::UnavailableError(problem);
  for (int frame = 0; frame < kFramesToSettle; ++frame) {
    offscreen->BeginFrame(kFrameSeconds);
    const bool is_last = frame == kFramesToSettle - 1;
    if (is_last && !options.text.empty()) ImGui::LogToClipboard();
    const Intents intents = DrawShell({model, look, now}, state, {});
    if (is_last && !options.text.empty()) ImGui::LogFinish();
    offscreen->EndFrame();
    carry(intents);
  }
  if (!WritePng(offscreen->Take(), options.screenshot)) {
    return absl::UnavailableError(Concat("cannot write ", options.screenshot));
  }
  return options.text.empty() ? absl::OkStatus() : WriteFile(options.text, Copied());
}

}  // namespace powerdown
