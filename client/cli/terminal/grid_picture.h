// Draws a picture of the answers of a model to every question of a task. Pure.
//
// One square a question, x to the right and y upwards: blue where the answer is right, orange where
// it is wrong, paler where the model was less sure (white: not at all), a dark dot on the pairs
// that it was trained on, grey where the task has no question.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/run/run.h"

namespace powerdown {

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // rows from the top, three bytes a pixel
};

// The grids side by side, each with its title and score, above one legend. At most four.
Picture GridPicture(const std::vector<AnswerGrid>& grids, const std::string& title);

}  // namespace powerdown
