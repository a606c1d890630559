#include "client/view/bindings.h"

#include <cctype>

#include "imgui.h"

namespace powerdown {
namespace {

// Before 1.87 Dear ImGui numbers keys as GLFW does.
#if IMGUI_VERSION_NUM < 18700
int KeyOfLetter(char letter) {
  return letter;
}
int IndexOf(ImGuiKey key) {
  return ImGui::GetKeyIndex(key);
}
#else
ImGuiKey KeyOfLetter(char letter) {
  return static_cast<ImGuiKey>(ImGuiKey_A + (letter - 'A'));
}
ImGuiKey IndexOf(ImGuiKey key) {
  return key;
}
#endif

constexpr std::string_view kControl = "Ctrl+";

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
      {Command::kPalette, "Ctrl+K", "Anywhere", "find a view, an action or a run"},
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
  if (key == "Esc") return ImGui::IsKeyPressed(IndexOf(ImGuiKey_Escape), false);
  const bool has_control = io.KeyCtrl || io.KeySuper;
  if (key.starts_with(kControl)) {
    return has_control && ImGui::IsKeyPressed(KeyOfLetter(key.back()), false);
  }
  if (io.WantTextInput || has_control || key.size() != 1) return false;
  for (const ImWchar character : io.InputQueueCharacters) {
    if (character < 128 && std::tolower(character) == key[0]) return true;
  }
  return false;
}

int PressedArrow() {
  if (ImGui::IsKeyPressed(IndexOf(ImGuiKey_DownArrow))) return 1;
  return ImGui::IsKeyPressed(IndexOf(ImGuiKey_UpArrow)) ? -1 : 0;
}

}  // namespace powerdown
