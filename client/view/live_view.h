// Live: all runs of the box, the chosen one's curves and controls, and the power of each device.
#pragma once

#include <string>

#include "client/view/chart_view.h"
#include "client/view/screen.h"

namespace powerdown {

struct LiveState {
  std::string run_id;      // empty: the newest that is under way, else the newest
  bool is_asking = false;  // whether the chosen run is to be given up
  ChartGroup group;
  ChartState accuracy;
  ChartState loss;
  ChartState power;
};

void DrawLiveView(const Screen& screen, LiveState& state, Intents& intents);

}  // namespace powerdown
