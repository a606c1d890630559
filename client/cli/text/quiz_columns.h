// Picks the models that a quiz asks. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/run/run.h"

namespace powerdown {

// One model: a run, and a point of its training ("memorised", "latest", a checkpoint's id).
struct QuizColumn {
  std::string run_id;
  std::string at;
  bool operator==(const QuizColumn&) const = default;
};

// The stages of learning that the run has models of: memorised, half-way, grokked, and the live
// model while it trains. If it has not grokked: its latest model too.
std::vector<QuizColumn> StagesOf(const Run& run);

// One checkpoint for each step that has any, the earliest first.
std::vector<QuizColumn> AllOf(const Run& run);

// At most `most` of them, evenly: the first and the last, and where it memorised and grokked. At
// least four.
std::vector<QuizColumn> FilmOf(const Run& run, size_t most);

}  // namespace powerdown
