// The energy that a run has used at each step: cumulative, from nothing at step 0, and between
// reports in proportion to the steps. The curve is a pyramid of joules over steps, as in RunSeries.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/energy/units.h"
#include "common/run/run.h"
#include "common/run/series_pyramid.h"

namespace powerdown {

// `reports` stand and ascend in steps (StandingReports). Reports without energy are passed over.
SeriesPyramid EnergyCurve(const std::vector<StepReport>& reports);

// Nullopt beyond the last report, or where no energy is known.
std::optional<Joules> EnergyAt(const SeriesPyramid& curve, int64_t step);
std::optional<Joules> EnergyAtEnd(const SeriesPyramid& curve);
// From `step` to the last report, which is what stopping there saves: the last checkpoint and the
// end of the process, after that report, a stopped run pays too. Nullopt where no energy is known.
std::optional<Joules> EnergyAfter(const SeriesPyramid& curve, int64_t step);
// Beyond the last report too: as much for each further step as the steps so far took on average.
std::optional<Joules> EnergyCarriedOn(const SeriesPyramid& curve, int64_t step);

}  // namespace powerdown
