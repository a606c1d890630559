#include "client/view/bindings.h"

#include <cctype>

#include "imgui.h"

namespace powerdown {
namespace {

// Before 1.87 Dear ImGui numbers keys as GLFW does.
#if IMGUI_VERSION_NUM < 18700
int EscapeKey() {
  return ImGui::GetKeyIndex(ImGuiKey_Escape);
}
int QuitKey() {
  return 'Q';
}
#else
ImGuiKey EscapeKey() {
  return ImGuiKey_Escape;
}
ImGuiKey QuitKey() {
  return ImGuiKey_Q;
}
#endif

}  // namespace

const std::vector<Binding>& Bindings() {
  static const auto& bindings = *new std::vector<Binding>{
      {Command::kShowCompare, "1", "Anywhere", "Train & Compare"},
      {Command::kShowFleet, "2", "Anywhere", "Fleet"},
      {Command::kShowLive, "3", "Anywhere", "Live"},
      {Command::kShowExplore, "4", "Anywhere", "Explore"},
      {Command::kShowQuiz, "5", "Anywhere", "Quiz"},
      {Command::kShowServers, "6", "Anywhere", "Servers"},
      {Command::kHelp, "?", "Anywhere", "this sheet"},
      {Command::kTheme, "t", "Anywhere", "next theme: light, dark, high contrast"},
      {Command::kSearch, "/", "Anywhere", "go to the text field of this page"},
      {Command::kClose, "Esc", "Anywhere", "close the notice or sheet, leave a text field"},
      {Command::kQuit, "Ctrl+Q", "Anywhere", "quit"},
      {Command::kStart, "n", "Train & Compare", "start the comparison"},
      {Command::kZoomIn, "w", "Charts", "zoom in at the cursor (also the wheel)"},
      {Command::kZoomOut, "s", "Charts", "zoom out"},
      {Command::kPanLeft, "a", "Charts", "move left (also drag)"},
      {Command::kPanRight, "d", "Charts", "move right"},
      {Command::kShowAll, "f", "Charts", "show all and follow the run (also double click)"},
      {Command::kLogAxis, "y", "Charts", "linear or logarithmic axis"},
      {Command::kNextAxis, "x", "Charts", "next axis: step, time, energy"},
      {Command::kNextItem, "j", "Lists", "next run"},
      {Command::kPreviousItem, "k", "Lists", "previous run"},
      {Command::kOverlay, "o", "Explore", "add the run's curve to the chart, or remove it"},
      {Command::kPlay, "m", "Quiz", "play the answers over time, or pause"},
      {Command::kDraw, "r", "Quiz", "draw other held-out questions"},
      {Command::kPause, "p", "Live", "pause or resume the run"},
      {Command::kEnd, "e", "Live", "end the run now and keep it"},
      {Command::kContinue, "c", "Live", "continue a run that the rule stopped"},
      {Command::kCancel, "g", "Live", "cancel the run (asks first)"},
  };
  return bindings;
}

std::string_view KeyOf(Command command) {
  for (const Binding& binding : Bindings()) {
    if (binding.command == command) return binding.key;
  }
  return "";
}

bool IsPressed(Command command) {
  const ImGuiIO& io = ImGui::GetIO();
  const std::string_view key = KeyOf(command);
  if (key == "Esc") return ImGui::IsKeyPressed(EscapeKey(), false);
  const bool has_control = io.KeyCtrl || io.KeySuper;
  if (key == "Ctrl+Q") return has_control && ImGui::IsKeyPressed(QuitKey(), false);
  if (io.WantTextInput || has_control || key.size() != 1) return false;
  for (const ImWchar character : io.InputQueueCharacters) {
    if (character < 128 && std::tolower(character) == key[0]) return true;
  }
  return false;
}

}  // namespace powerdown
