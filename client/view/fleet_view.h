// The page Fleet: what stopping in time saves a year, for a thousand to a million runs like the one
// that was measured, or projected to runs of a published training.
#pragma once

#include <cstddef>

#include "client/model/intent.h"
#include "client/view/screen.h"

namespace powerdown {

struct FleetState {
  float exponent = 5;            // runs a year = 10^exponent, 3 to 6…
  float projected_exponent = 2;  // … and of a published training, 0 to 4
  size_t training = 0;           // 0: as measured; else of PublishedTrainings(), from 1
};

void DrawFleetView(const Screen& screen, FleetState& state, Intents& intents);

}  // namespace powerdown
