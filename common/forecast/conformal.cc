#include "common/forecast/conformal.h"

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

// The smallest of n residuals that exceeds a new one with probability q: that of rank
// ceil(q (n + 1)).
double UpperRank(const std::vector<double>& sorted, double q) {
  const double rank = std::ceil(q * static_cast<double>(sorted.size() + 1));
  const double last = static_cast<double>(sorted.size());
  return sorted[static_cast<size_t>(std::clamp(rank, 1.0, last)) - 1];
}

double LowerRank(const std::vector<double>& sorted, double q) {
  const double rank = std::floor(q * static_cast<double>(sorted.size() + 1));
  const double last = static_cast<double>(sorted.size());
  return sorted[static_cast<size_t>(std::clamp(rank, 1.0, last)) - 1];
}

}  // namespace

ConformalBands::ConformalBands(const std::vector<Residual>& residuals) {
  std::vector<double> all;
  for (const Residual& residual : residuals) all.push_back(residual.decades);
  for (int stage = 0; stage < kStages; ++stage) {
    std::vector<double> sorted;
    for (const Residual& residual : residuals) {
      if (static_cast<int>(residual.stage) == stage) sorted.push_back(residual.decades);
    }
    if (sorted.size() < kFewest) sorted = all;
    if (sorted.empty()) continue;
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < kConfidences.size(); ++i) {
      const double tail = (1 - kConfidences[i]) / 2;
      bands_[static_cast<size_t>(stage)][i] = {LowerRank(sorted, tail),
                                               UpperRank(sorted, 1 - tail)};
    }
  }
}

}  // namespace powerdown
