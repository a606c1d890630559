// The answers to all questions of a task with two operands: a square for each pair, x down, y
// across. Right answers fill their square, wrong ones are small squares of another colour, pairs
// that were trained on have a dot; the surer, the stronger.
#pragma once

#include "client/view/look.h"
#include "common/run/run.h"

namespace powerdown {

// Draws at the cursor, as large as fits; the pair under the mouse is told in words.
void DrawAnswerGrid(const Look& look, const AnswerGrid& grid, ImVec2 room);
void DrawGridLegend(const Look& look);

}  // namespace powerdown
