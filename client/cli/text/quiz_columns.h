// Which models a quiz asks, side by side. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/run/run.h"

namespace powerdown {

// One model: a run, and where in its life.
struct QuizColumn {
  std::string run_id;
  std::string at;
  bool operator==(const QuizColumn&) const = default;
};

// The stages of one run's learning that it has models of: memorised, half-way, grokked, and the
// live model while it trains; without a grok, its latest model instead.
std::vector<QuizColumn> StagesOf(const Run& run);

// Every checkpoint of the run at a step of its own, the earliest first.
std::vector<QuizColumn> AllOf(const Run& run);

}  // namespace powerdown
