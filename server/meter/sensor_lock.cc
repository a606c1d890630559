#include "server/meter/sensor_lock.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace powerdown {
namespace {

// Twenty seconds of a 100 ms sensor: more tell little and cost at every tick.
constexpr int kMostWindows = 200;

double Fraction(double value) {
  return value - std::floor(value);
}

}  // namespace

double Unevenness(absl::Duration window, absl::Duration period, absl::Duration load_period,
                  absl::Duration span) {
  if (window <= absl::ZeroDuration() || window >= period || load_period <= absl::ZeroDuration()) {
    return 0;
  }
  const double step = absl::FDivDuration(period, load_period);
  const double seen = absl::FDivDuration(window, load_period);  // in cycles; whole ones are even
  const int windows = static_cast<int>(
      std::clamp(absl::FDivDuration(span, period), 1.0, static_cast<double>(kMostWindows)));
  const double weight = 1 / (windows * seen);
  double density = std::floor(seen) / seen;  // at phase zero
  std::vector<std::pair<double, double>> changes;
  for (int i = 0; i < windows; ++i) {
    const double begin = Fraction(step * i);
    const double end = Fraction(begin + Fraction(seen));
    changes.push_back({begin, weight});
    changes.push_back({end, -weight});
    if (end < begin) density += weight;
  }
  std::sort(changes.begin(), changes.end());
  // How far the windows' weight runs ahead of the phase, and its range.
  double ahead = 0, least = 0, most = 0, at = 0;
  for (const auto& [phase, change] : changes) {
    ahead += (density - 1) * (phase - at);
    least = std::min(least, ahead);
    most = std::max(most, ahead);
    density += change;
    at = phase;
  }
  return std::min(most - least, 1.0);
}

PowerSample WidenForUnseen(PowerSample sample, const MeterDescription& meter,
                           absl::Duration load_period, absl::Duration span, Watts resting) {
  const double uneven = Unevenness(meter.sensor_window, meter.sensor_period, load_period, span);
  if (uneven == 0) return sample;
  const Watts error = std::max(meter.most_power - resting, Watts(0)) * uneven;
  sample.low = std::min(sample.low, std::max(sample.low - error, resting));
  sample.high = std::max(sample.high, std::min(sample.high + error, meter.most_power));
  return sample;
}

}  // namespace powerdown
