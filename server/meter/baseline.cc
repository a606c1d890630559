#include "server/meter/baseline.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/base/statistics.h"

namespace powerdown {
namespace {

constexpr absl::Duration kLevelPeriod = absl::Seconds(10);
constexpr absl::Duration kLongestAge = absl::Hours(7 * 24);
constexpr double kGrowthPerHour = 0.01;
constexpr double kMostGrowth = 0.20;

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

// The mean of the samples that are not far from the median: at 10 Hz a counter that is renewed each
// 67 ms shows one renewal or two, so that the median alone would be off by a third.
Watts MeanNear(const std::deque<PowerSample>& samples, Watts median) {
  constexpr double kFar = 3;
  Joules energy;
  absl::Duration time;
  for (const PowerSample& sample : samples) {
    if (sample.power > median * kFar || sample.power * kFar < median) continue;
    energy += sample.power * (sample.end - sample.start);
    time += sample.end - sample.start;
  }
  return energy / time;
}

}  // namespace

std::optional<Baseline> BaselineFinder::Refuse(std::string obstacle) {
  obstacle_ = std::move(obstacle);
  return std::nullopt;
}

std::optional<Baseline> BaselineFinder::Observe(const PowerSample& sample, const RestState& state,
                                                absl::Time wall) {
  const bool is_busy = state.has_consumers || state.use > state.most_use || sample.coverage < 1;
  const bool has_hole = !window_.empty() && window_.back().end != sample.start;
  if (is_busy || has_hole) window_.clear();
  if (state.has_consumers) return Refuse("a run is active");
  if (state.use > state.most_use) {
    return Refuse(absl::StrFormat("busy: %.0f%% of the device is in use", state.use * 100));
  }
  if (sample.coverage < 1) return Refuse("readings are missing");
  window_.push_back(sample);
  const absl::Duration length = sample.end - window_.front().start;
  if (length < options_.window || static_cast<int>(window_.size()) < options_.minimum_samples) {
    return Refuse(absl::StrFormat("the device rested %.1f of %.1f s", absl::ToDoubleSeconds(length),
                                  absl::ToDoubleSeconds(options_.window)));
  }
  std::vector<Watts> powers;
  for (const PowerSample& one : window_) powers.push_back(one.power);
  const Watts level = MeanNear(window_, UpperMedian(powers));
  const double drift = std::abs(Slope(window_)) * absl::ToDoubleSeconds(length);
  window_.pop_front();
  if (drift > options_.most_slope_share * level.value()) {
    return Refuse(absl::StrFormat("still settling: %.1f W of drift in %.0f s", drift,
                                  absl::ToDoubleSeconds(length)));
  }
  for (Watts& power : powers) power = Watts(std::abs((power - level).value()));
  obstacle_.clear();
  return Establish(level, UpperMedian(powers), wall);
}

// The median's standard error is 1.25 of a mean's, and 1.48 median deviations are a standard
// deviation (normal noise); two of them. A window has at least ten samples.
Baseline BaselineFinder::Establish(Watts median, Watts spread, absl::Time wall) {
  // Of a clock that has been set back since.
  while (!levels_.empty() && levels_.back().time > wall) levels_.pop_back();
  if (levels_.empty() || wall - levels_.back().time >= kLevelPeriod) {
    levels_.push_back({median, wall});
  }
  while (wall - levels_.front().time > options_.history) levels_.pop_front();
  const Watts error = spread * (2 * 1.25 * 1.48 / std::sqrt(options_.minimum_samples));
  Baseline baseline{median, median, median, wall};
  for (const Level& level : levels_) {
    baseline.low = std::min(baseline.low, level.power);
    baseline.high = std::max(baseline.high, level.power);
  }
  baseline.low = std::max(baseline.low - error, Watts(0));
  baseline.high += error;
  return baseline;
}

std::optional<RestingPower> AgedBaseline(const Baseline& baseline, absl::Time now) {
  const absl::Duration age = std::max(now - baseline.measured_at, absl::ZeroDuration());
  if (age > kLongestAge) return std::nullopt;
  const double growth =
      std::min(kMostGrowth, kGrowthPerHour * absl::FDivDuration(age, absl::Hours(1)));
  return RestingPower{baseline.power, std::max(baseline.low - baseline.power * growth, Watts(0)),
                      baseline.high + baseline.power * growth};
}

}  // namespace powerdown
