// The table of key bindings. Key presses are looked up in it, and the help sheet lists it.
#pragma once

#include <string_view>
#include <vector>

namespace powerdown {

enum class Command {
  kShowCompare,
  kShowFleet,
  kShowLive,
  kShowExplore,
  kShowQuiz,
  kShowServers,
  kHelp,
  kTheme,
  kSearch,
  kClose,
  kQuit,
  kPalette,
  kStart,
  kZoomIn,
  kZoomOut,
  kPanLeft,
  kPanRight,
  kShowAll,
  kLogAxis,
  kNextAxis,
  kPause,
  kEnd,
  kContinue,
  kCancel,
  kNextItem,
  kPreviousItem,
  kOverlay,
  kPlay,
  kDraw,
};

struct Binding {
  Command command;
  std::string_view key;    // one character, "Esc" or "Ctrl+Q"
  std::string_view where;  // heading on the help sheet
  std::string_view what;
};
const std::vector<Binding>& Bindings();
std::string_view KeyOf(Command command);

// Whether its key was pressed in this frame of ImGui. Never while a text field takes the keys.
bool IsPressed(Command command);
// 1: the arrow down was pressed, or is held; -1: up; 0: neither.
int PressedArrow();

}  // namespace powerdown
