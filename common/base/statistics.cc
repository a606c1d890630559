#include "common/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace powerdown {
namespace {

constexpr int kDraws = 200;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Of the pairs that `is_pair` takes, the share in which the first one's value is larger; equal
// values count half.
template <typename Item, typename IsPair, typename ValueOf>
double OrderedShare(const std::vector<Item>& items, IsPair is_pair, ValueOf value_of) {
  double pairs = 0;
  double ordered = 0;
  for (const Item& first : items) {
    for (const Item& second : items) {
      if (!is_pair(first, second)) continue;
      ++pairs;
      if (value_of(first) > value_of(second)) ordered += 1;
      if (value_of(first) == value_of(second)) ordered += 0.5;
    }
  }
  return pairs > 0 ? ordered / pairs : kUnknown;
}

}  // namespace

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

double Median(std::vector<double> values) {
  return values.empty() ? kUnknown : Quantile(std::move(values), 0.5);
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? kUnknown : sum / static_cast<double>(values.size());
}

double Concordance(const std::vector<TimedPrediction>& predictions) {
  // Comparable: the second one's time came, and the first's was later or had not come by then.
  return OrderedShare(
      predictions,
      [](const TimedPrediction& first, const TimedPrediction& second) {
        return second.is_event &&
               (first.time > second.time || (first.time == second.time && !first.is_event));
      },
      [](const TimedPrediction& one) { return one.predicted; });
}

double AreaUnderCurve(const std::vector<ScoredOutcome>& outcomes) {
  return OrderedShare(
      outcomes,
      [](const ScoredOutcome& first, const ScoredOutcome& second) {
        return first.is_positive && !second.is_positive;
      },
      [](const ScoredOutcome& one) { return one.score; });
}

double BootstrapError(size_t count,
                      const std::function<double(const std::vector<size_t>&)>& statistic) {
  if (count < 2) return kUnknown;
  std::mt19937_64 random(1);
  std::vector<double> values;
  std::vector<size_t> drawn(count);
  for (int draw = 0; draw < kDraws; ++draw) {
    for (size_t& index : drawn) index = random() % count;
    const double value = statistic(drawn);
    if (!std::isnan(value)) values.push_back(value);
  }
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return values.size() < 2 ? kUnknown : std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace powerdown
