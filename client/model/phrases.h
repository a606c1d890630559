// Numbers, times and runs in words for people. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/energy/energy.h"
#include "common/energy/footprint.h"
#include "common/energy/units.h"
#include "common/run/run.h"
#include "common/run/run_spec.h"

namespace powerdown {

std::string PointsText(double share);               // a change in percentage points: "-0.23 points"
std::string SignificantText(double value);          // three digits: "0.0110", "12.3", "4,560"
std::string DurationText(absl::Duration duration);  // "8 s", "1 min 5 s", "3 h 20 min"
std::string AgeText(absl::Duration age);            // "8 s", "5 min", "3 h", "12 days"
std::string WattsText(Watts power);                 // "12.3 W"
std::string LocalTimeText(absl::Time time);         // "2026-01-31 14:05:06"
std::string StepText(const std::optional<int64_t>& step);  // "step 790", or "–"

std::string SpecTitle(const RunSpec& spec);  // as SpecText, in ASCII, for pictures
std::string SpecText(const RunSpec& spec);   // "addition mod 59 · mlp 128/256 · seed 0"
// What a run trains: its spec as above, or its command.
std::string TrainingText(const Run& run);
// "1,200 of 10,000" steps, without an end where a command has told none.
std::string ProgressText(const Run& run);
// Source and uncertainty of an energy: "estimate ±40%", "measured (rapl) ±1%".
std::string EnergyLabel(const EnergyFigure& energy);
// "1.31 mWh", or "not known yet".
std::string EnergyOrUnknown(const std::optional<EnergyFigure>& energy);
// "472.9 g CO2/kWh (world, Ember 2024 …, default)" and the like, one line each.
std::string CarbonFactorText(const FootprintFactors& factors);
std::string PriceFactorText(const FootprintFactors& factors);

}  // namespace powerdown
