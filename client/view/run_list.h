// A list of runs: state, name, progress, accuracy. Mouse, or j and k, choose one.
#pragma once

#include <string>
#include <vector>

#include "client/view/look.h"
#include "client/view/screen.h"
#include "common/run/run.h"

namespace powerdown {

// Symbol and colour of a state: never colour alone.
struct StateLook {
  const char* symbol;
  Color color;
};
StateLook LookOf(const Palette& palette, const Run& run);

void DrawRunList(const Screen& screen, const std::vector<const Run*>& runs, std::string* run_id);

}  // namespace powerdown
