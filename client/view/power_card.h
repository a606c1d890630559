// Power of the box by device, with uncertainty, power at rest and the last minutes; and what the
// energy was used for.
#pragma once

#include "client/view/screen.h"

namespace powerdown {

void DrawPowerCard(const Screen& screen);

}  // namespace powerdown
