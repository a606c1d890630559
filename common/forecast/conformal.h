// Intervals from the errors that a predictor made on runs it had not seen: split conformal, signed
// residuals, apart for each stage (Mondrian; Vovk et al. 2005). Pure.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "common/forecast/grok_features.h"

namespace powerdown {

inline constexpr std::array<double, 3> kConfidences = {0.5, 0.8, 0.95};

// By how much, in decades, the truth lay above the prediction.
struct Residual {
  Stage stage = Stage::kBefore;
  double decades = 0;
};

struct ResidualBand {
  double low = 0;  // decades to add to the prediction's logarithm
  double high = 0;
};

class ConformalBands {
 public:
  ConformalBands() = default;
  // Of a stage with fewer than kFewest residuals the band is that of all stages together.
  explicit ConformalBands(const std::vector<Residual>& residuals);
  ConformalBands(std::array<std::array<ResidualBand, kConfidences.size()>, kStages> bands)
      : bands_(bands) {}

  const ResidualBand& Band(Stage stage, size_t confidence) const {
    return bands_[static_cast<size_t>(stage)][confidence];
  }
  static constexpr size_t kFewest = 30;

 private:
  std::array<std::array<ResidualBand, kConfidences.size()>, kStages> bands_ = {};
};

}  // namespace powerdown
