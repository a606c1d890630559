// The fleet: what stopping in time would save a year, from a thousand runs to a million.
#pragma once

#include "client/view/screen.h"

namespace powerdown {

struct FleetState {
  float exponent = 5;  // runs a year = 10^exponent, 3 to 6
};

void DrawFleetView(const Screen& screen, FleetState& state, Intents& intents);

}  // namespace powerdown
