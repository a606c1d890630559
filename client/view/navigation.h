// The rail on the left: one entry a page, with name and icon; only icons in a narrow window.
#pragma once

#include "client/view/screen.h"

namespace powerdown {

void DrawNavigation(const Look& look, ViewName* view, float height);

}  // namespace powerdown
