// Power of the box, device by device, with its band, its rest and its last minutes; and what all
// its energy went into.
#pragma once

#include "client/view/screen.h"

namespace powerdown {

void DrawPowerCard(const Screen& screen);

}  // namespace powerdown
