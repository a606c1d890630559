// The page Fleet: what stopping in time saves a year, for a thousand to a million runs.
#pragma once

#include "client/model/intent.h"
#include "client/view/screen.h"

namespace powerdown {

struct FleetState {
  float exponent = 5;  // runs a year = 10^exponent, 3 to 6
};

void DrawFleetView(const Screen& screen, FleetState& state, Intents& intents);

}  // namespace powerdown
