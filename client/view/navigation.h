// The rail on the left: the views by name and picture, only pictures where the window is narrow.
#pragma once

#include "client/view/screen.h"

namespace powerdown {

void DrawNavigation(const Look& look, ViewName* view, float height);

}  // namespace powerdown
