// The command palette: views, actions and runs, found by a few letters of their names.
#pragma once

#include "client/model/intent.h"
#include "client/view/screen.h"

namespace powerdown {

struct ShellState;

inline constexpr int kMostPaletteRows = 10;  // what fits a window of 400 pixels

struct PaletteState {
  bool is_open = false;
  char text[120] = "";  // longer than anybody types to find something
  int chosen = 0;       // row
};

// Draws it if it is open. What is chosen changes `state` or becomes an intent.
void DrawPalette(const Screen& screen, ShellState& state, Intents& intents);

}  // namespace powerdown
