// Explore: search, sort and lay over each other all runs known, recorded ones too.
#pragma once

#include <string>
#include <vector>

#include "client/view/chart_view.h"
#include "client/view/screen.h"

namespace powerdown {

struct ExploreState {
  std::string search;
  std::string sort = "grok_step";
  bool is_descending = false;
  std::string across = "grok_step";
  std::string up = "energy_joules";
  std::vector<std::string> chosen;  // ids laid over each other, at most kMostOverlays
  ChartGroup group;
  ChartState overlay;
  bool has_begun = false;
};
inline constexpr size_t kMostOverlays = 6;

void DrawExploreView(const Screen& screen, ExploreState& state, Intents& intents);

}  // namespace powerdown
