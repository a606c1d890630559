// What a worker does: one training run, or one quiz session. Commands come in as lines, events go
// out as lines.
#pragma once

#include "server/trainer/command_input.h"

namespace powerdown {

// Trains the run that the first command starts; returns the process's exit status.
int RunTraining(CommandInput& input);
// Answers questions until the input ends.
int RunQuiz(CommandInput& input);

}  // namespace powerdown
