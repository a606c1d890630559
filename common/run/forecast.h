// A prediction of when, and whether, a run will grok. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace powerdown {

// An interval that holds the grok step with this probability, given that the run groks at all.
struct ForecastBand {
  double confidence = 0;  // 0.5, 0.8, 0.95
  int64_t low_step = 0;
  std::optional<int64_t> high_step;  // absent: beyond the step limit

  bool operator==(const ForecastBand&) const = default;
};

struct Forecast {
  int64_t made_at_step = 0;  // 0: before the run, from its spec alone
  // The median, given that it groks within the step limit. Absent where the run is unfamiliar (too
  // far from everything that the predictor was trained on), or cannot grok, having random labels.
  std::optional<int64_t> grok_step;
  std::vector<ForecastBand> bands;              // narrowest first
  std::optional<double> will_grok_probability;  // within the step limit
  std::string model;                            // "cure-1 3f9a…": version and hash of the weights
  bool is_unfamiliar = false;
  std::vector<std::string> leans_on;  // recorded runs most like it

  bool operator==(const Forecast&) const = default;
};

std::string ForecastMessage(const Forecast& forecast);  // one line for people

// The band of 80%, which is the one that is shown; null if there is none.
inline constexpr double kShownConfidence = 0.8;
inline const ForecastBand* ShownBand(const Forecast& forecast) {
  for (const ForecastBand& band : forecast.bands) {
    if (band.confidence == kShownConfidence) return &band;
  }
  return nullptr;
}

}  // namespace powerdown
