#include "server/meter/baseline.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace powerdown {
namespace {

double Middle(const PowerSample& sample) {
  return absl::ToDoubleSeconds(sample.start + sample.end) / 2;
}

// Least-squares slope in watts a second.
double Slope(const std::deque<PowerSample>& samples) {
  double mean_time = 0;
  double mean_power = 0;
  for (const PowerSample& sample : samples) {
    mean_time += Middle(sample) / static_cast<double>(samples.size());
    mean_power += sample.power.value() / static_cast<double>(samples.size());
  }
  double covariance = 0;
  double variance = 0;
  for (const PowerSample& sample : samples) {
    covariance += (Middle(sample) - mean_time) * (sample.power.value() - mean_power);
    variance += (Middle(sample) - mean_time) * (Middle(sample) - mean_time);
  }
  return variance > 0 ? covariance / variance : 0;
}

}  // namespace

std::optional<Baseline> BaselineFinder::Observe(const PowerSample& sample, double use,
                                                bool has_consumers, absl::Time wall) {
  if (has_consumers || use > options_.most_use) {
    window_.clear();
    return std::nullopt;
  }
  window_.push_back(sample);
  const absl::Duration length = sample.end - window_.front().start;
  if (length < options_.window || static_cast<int>(window_.size()) < options_.minimum_samples) {
    return std::nullopt;
  }
  std::vector<Watts> powers;
  for (const PowerSample& one : window_) powers.push_back(one.power);
  std::nth_element(powers.begin(), powers.begin() + powers.size() / 2, powers.end());
  const Watts median = powers[powers.size() / 2];
  const double drift = std::abs(Slope(window_)) * absl::ToDoubleSeconds(length);
  window_.pop_front();
  if (drift > options_.most_slope_share * median.value()) return std::nullopt;
  const double relative = sample.power.value() > 0 ? sample.high / sample.power - 1 : 0;
  return Baseline{median, median * (1 - relative), median * (1 + relative), wall};
}

}  // namespace powerdown
