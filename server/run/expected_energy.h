// How much energy a run will use, before it starts. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/energy/units.h"
#include "common/forecast/predictor.h"
#include "common/run/run.h"

namespace powerdown {

struct ExpectedEnergy {
  Joules energy;
  std::string source;  // "1 Wh is the median of 5 runs like it here (…)"
};

// Whether the energy of `earlier` says anything about `run`, so that its bill is worth reading.
bool IsTelling(const Run& run, const Run& earlier);

// The median of runs like it. Where fewer than three have ended here: its forecast steps, at the
// energy of a step here. Nullopt where no step like its own was ever metered. `earlier` are runs of
// this box with their bills; `predictor` may be null.
std::optional<ExpectedEnergy> ExpectEnergy(const Run& run, const std::vector<Run>& earlier,
                                           const Predictor* predictor);

}  // namespace powerdown
