// The answers of networks beside the right ones, as tables. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/cli/text/style.h"
#include "common/run/run.h"

namespace powerdown {

// One column of answers a result; all results were asked the same questions.
std::string QuizTable(const std::vector<QuizResult>& results, const Style& style);

// One line a result: step, score and energy.
std::string ScoreTable(const std::vector<QuizResult>& results, const Style& style);

}  // namespace powerdown
