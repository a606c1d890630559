// The answers to all questions of a task with two operands: a square for each pair, x down, y
// across. A right answer fills its square, a wrong one is a small square of another colour, a pair
// of the training set has a dot. The more probable the answer, the stronger the colour.
#pragma once

#include "client/view/look.h"
#include "common/run/run.h"

namespace powerdown {

// Draws at the cursor, as large as fits. A hint describes the pair under the mouse.
void DrawAnswerGrid(const Look& look, const AnswerGrid& grid, ImVec2 room);
void DrawGridLegend(const Look& look);

}  // namespace powerdown
