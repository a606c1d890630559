#include "common/energy/attribution.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace powerdown {
namespace {

constexpr char kQuizPrefix[] = "quiz/";

// A value and the least and most that it may be.
struct BandedShare {
  double value = 0;
  double least = 0;
  double most = 0;
};

// What one consumer gets of a sample, as shares of the power above rest and of rest.
struct Portion {
  BandedShare above;
  BandedShare rest;
};
using Portions = std::map<std::string, Portion>;

bool SharesBaseline(const std::string& consumer) {
  return consumer.rfind(kQuizPrefix, 0) != 0;
}

// By its use, where those of others may draw more or less at theirs.
BandedShare ByUse(double used, double others) {
  if (used <= 0) return {};
  return {used / (used + others), used / (used + others * kEfficiency),
          used / (used + others / kEfficiency)};
}

void Widen(BandedShare& range, double least, double most) {
  range.least = std::min(range.least, least);
  range.most = std::max(range.most, most);
}

Portions PortionsOf(const DeviceUse& use, const ShareBands& bands, bool has_baseline) {
  double whole = std::max(use.foreign, 0.0);
  double sharers_use = 0;
  size_t sharers = 0;
  const auto pays_rest = [&](const std::string& consumer) {
    const auto band = bands.find(consumer);
    return SharesBaseline(consumer) && (band == bands.end() || !band->second.is_maybe);
  };
  for (const auto& [consumer, used] : use.by_consumer) {
    whole += std::max(used, 0.0);
    if (!pays_rest(consumer)) continue;
    ++sharers;
    sharers_use += std::max(used, 0.0);
  }
  const double equal = 1 / static_cast<double>(std::max<size_t>(1, sharers));
  Portions portions;
  for (const auto& [consumer, raw] : use.by_consumer) {
    const double used = std::max(raw, 0.0);
    Portion& portion = portions[consumer];
    portion.above = ByUse(used, whole - used);
    if (pays_rest(consumer)) {
      portion.rest = {equal, equal, equal};
      const double by_use = sharers_use > 0 ? used / sharers_use : equal;
      Widen(portion.rest, by_use, by_use);
      // All of it may be rest that nobody has seen yet.
      if (!has_baseline) Widen(portion.above, equal, equal);
    }
    const auto band = bands.find(consumer);
    if (band == bands.end()) continue;
    Widen(portion.above, band->second.least, band->second.most);
    if (band->second.is_maybe) Widen(portion.rest, 0, 1);
  }
  return portions;
}

// What the others leave goes to unattributed, as all does without users.
void AddRest(double above_share, double rest_share, Portions& portions) {
  BandedShare above;
  BandedShare rest;
  for (const auto& [consumer, portion] : portions) {
    above.value += portion.above.value;
    rest.value += portion.rest.value;
  }
  const double rounding = 1e-12;
  const double left_above = 1 - above.value;
  const double left_rest = 1 - rest.value;
  if (!portions.empty() && left_above * above_share + left_rest * rest_share <= rounding) return;
  portions[kUnattributed] = {{left_above, left_above, left_above},
                             {left_rest, left_rest, left_rest}};
}

// One sensor read both power and baseline, so its gain scales their difference; what the baseline
// leaves open comes on top.
void PutNet(LedgerInterval& interval, const BandedShare& share, Joules above,
            const PowerSample& sample, const RestingPower& baseline) {
  const absl::Duration time = sample.end - sample.start;
  const bool has_power = sample.power > Watts(0);
  const Joules low = has_power ? above * (sample.low / sample.power) : Joules(0);
  const Joules high = has_power ? above * (sample.high / sample.power) : sample.high * time;
  interval.baseline = baseline.power;
  interval.net = above * share.value;
  const Joules above_rest = std::max(baseline.high - baseline.power, Watts(0)) * time;
  const Joules below_rest = std::max(baseline.power - baseline.low, Watts(0)) * time;
  interval.net_low = std::max(low - above_rest, Joules(0)) * share.least;
  interval.net_high = (high + below_rest) * share.most;
  if (sample.coverage < 1) {  // a guess: its own net says nothing of how far off it is
    const Joules least = std::max(sample.low - baseline.high, Watts(0)) * time * share.least;
    const Joules most = std::max(sample.high - baseline.low, Watts(0)) * time * share.most;
    interval.net_low = std::min(*interval.net_low, least);
    interval.net_high = std::max(*interval.net_high, most);
  }
}

}  // namespace

std::vector<LedgerInterval> Attribute(const PowerSample& sample, const DeviceUse& use,
                                      const std::optional<RestingPower>& baseline) {
  return AttributeWithin(sample, use, {}, baseline);
}

std::vector<LedgerInterval> AttributeWithin(const PowerSample& sample, const DeviceUse& use,
                                            const ShareBands& bands,
                                            const std::optional<RestingPower>& baseline) {
  const absl::Duration time = sample.end - sample.start;
  if (time <= absl::ZeroDuration()) return {};
  const Joules total = sample.power * time;
  // At less than the baseline nothing is above it, and the baseline is what there is.
  const Joules above = baseline ? std::max(sample.power - baseline->power, Watts(0)) * time : total;
  const double above_share = total.value() > 0 ? above / total : baseline ? 0 : 1;
  Portions portions = PortionsOf(use, bands, baseline.has_value());
  AddRest(above_share, 1 - above_share, portions);
  std::vector<LedgerInterval> intervals;
  for (const auto& [consumer, of_consumer] : portions) {
    const Portion& portion = of_consumer;
    const auto of_total = [&](double BandedShare::*part) {
      return portion.above.*part * above_share + portion.rest.*part * (1 - above_share);
    };
    const auto band = bands.find(consumer);
    const double share = of_total(&BandedShare::value);
    LedgerInterval interval;
    interval.device = sample.device;
    interval.consumer = consumer;
    interval.start = sample.start;
    interval.end = sample.end;
    interval.joules = total * share;
    interval.low = sample.low * time * of_total(&BandedShare::least);
    interval.high = sample.high * time * of_total(&BandedShare::most);
    interval.variance = sample.variance * share * share;
    interval.source = sample.source;
    interval.coverage = band != bands.end() && band->second.is_maybe ? 0 : sample.coverage;
    if (baseline) PutNet(interval, portion.above, above, sample, *baseline);
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

}  // namespace powerdown
