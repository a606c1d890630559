// The frame around all views: navigation, status bar, notices, help sheet. One call draws it all.
#pragma once

#include <string>

#include "client/view/compare_view.h"
#include "client/view/explore_view.h"
#include "client/view/fleet_view.h"
#include "client/view/live_view.h"
#include "client/view/palette.h"
#include "client/view/quiz_view.h"
#include "client/view/screen.h"
#include "client/view/servers_view.h"

namespace powerdown {

// What the window itself uses, for the status bar.
struct OwnUse {
  double core_share = 0;  // of one core, over the last seconds
  double watts = 0;       // an estimate from it
  int64_t frames_per_minute = 0;
};

struct ShellState {
  ViewName view = ViewName::kCompare;
  bool is_help_open = false;
  PaletteState palette;
  bool wants_next_theme = false;  // the application loads it
  CompareState compare;
  FleetState fleet;
  LiveState live;
  ExploreState explore;
  QuizState quiz;
  ServersState servers;
};

// Draws the whole window and returns the user's intents.
Intents DrawShell(const Screen& screen, ShellState& state, const OwnUse& own);

// "connected to gpu-box", "reconnecting in 3 s · stale since 14:05:06" and so on.
std::string LinkText(const Link& link, absl::Time now);

}  // namespace powerdown
