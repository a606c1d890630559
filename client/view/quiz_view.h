// The page Quiz: the whole table of answers at each checkpoint of a run, which becomes right when
// the model groks, and questions of the user, answered before and after.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "client/model/intent.h"
#include "client/view/screen.h"

namespace powerdown {

struct QuizState {
  std::string run_id;  // empty: the newest that has checkpoints
  int64_t step = -1;   // of the checkpoint shown; -1: the last
  bool is_playing = false;
  absl::Time next_frame;
  char question[128] = "";
  uint64_t seed = 0;  // which held-out questions are drawn
  std::set<std::pair<std::string, int64_t>> asked_grids;
  std::set<std::string> asked_runs;  // for which questions were drawn without being asked for
};

inline constexpr absl::Duration kFilmFrame = absl::Milliseconds(140);

void DrawQuizView(const Screen& screen, QuizState& state, Intents& intents);

}  // namespace powerdown
