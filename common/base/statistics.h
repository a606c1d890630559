// Figures of merit of predictions, with how far they can be trusted. Pure and deterministic.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace powerdown {

// The q-quantile, linear between the two values around it, as numpy's default. Not NaN; not empty.
double Quantile(std::vector<double> values, double q);
double Median(std::vector<double> values);  // NaN if there is none

// The middle one of the values; of an even count the upper of the two in the middle, so that it is
// a value that was measured. Kept beside Median because stop decisions and baselines depend on it
// to the bit. Not empty.
template <typename T>
T UpperMedian(std::vector<T> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}
double Mean(const std::vector<double>& values);

// A time that was predicted, and the time that came, or that had not come when observation ended.
struct TimedPrediction {
  double predicted = 0;
  double time = 0;
  bool is_event = false;
};
// Harrell's C: of the pairs whose order is known, the share that was predicted in that order; ties
// in the prediction count half. NaN without such a pair.
double Concordance(const std::vector<TimedPrediction>& predictions);

struct ScoredOutcome {
  double score = 0;
  bool is_positive = false;
};
// Area under the receiver operating characteristic; NaN without both outcomes.
double AreaUnderCurve(const std::vector<ScoredOutcome>& outcomes);

// Standard error of a statistic of `count` items by drawing them anew 200 times, from a fixed seed.
// The statistic gets the indices that were drawn.
double BootstrapError(size_t count,
                      const std::function<double(const std::vector<size_t>&)>& statistic);

}  // namespace powerdown
