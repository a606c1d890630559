// What tells a run from those beside it in a list, in a few words. Pure.
#pragma once

#include <string>

#include "common/run/run.h"

namespace powerdown {

// The name that its user gave; else "seed 3 · weight_decay 1.0 · addition mod 59 · mlp": what
// differs between the runs of a sweep comes first, where a narrow list does not cut it off.
std::string RunLabel(const Run& run);

}  // namespace powerdown
