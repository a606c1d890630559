// Forecasts in words: what is expected now, and at the end what was predicted against what came.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "client/model/run_trace.h"
#include "common/run/run.h"

namespace powerdown {

// Below this probability no grok step is named: it would recede for ever.
inline constexpr double kLeastProbability = 0.5;

// The grok step, where the forecast gives it an even chance at least.
std::optional<int64_t> NamedStep(const Forecast& forecast);
// "groks near step 655 (510 to 980), p = 0.97", or below an even chance "probably will not grok
// within 3,000 steps (p = 0.12)".
std::string ForecastText(const Forecast& forecast, int64_t max_steps);
// The forecast that a run is held against: the first after it memorised, else the latest before it
// grokked. Null if there is none.
const Forecast* JudgedForecast(const Run& run);
// "predicted 655 (510 to 980) at step 240; grokked at 720, 10% later"; says so where no forecast
// was made, and where none was possible.
std::string ForecastOutcome(const Run& run);
// Of a run that is watched: "groks near step 655 (510 to 980), p = 0.97, in about 6 s; first 699",
// and once it grokked, or ended, as ForecastOutcome. Empty: no forecast.
std::string FollowedForecast(const RunTrace& trace, int64_t max_steps, bool has_ended);

}  // namespace powerdown
