// The page Live: all runs of the server, curves and controls of one, and the power of each device.
#pragma once

#include <string>

#include "client/view/chart_view.h"
#include "client/view/screen.h"

namespace powerdown {

struct LiveState {
  std::string run_id;      // empty: the newest running one, else the newest
  bool is_asking = false;  // asks whether to cancel the chosen run
  ChartGroup group;
  ChartState accuracy;
  ChartState loss;
  ChartState power;
};

void DrawLiveView(const Screen& screen, LiveState& state, Intents& intents);

}  // namespace powerdown
