#include "common/energy/energy.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "common/base/text.h"

namespace powerdown {
namespace {

// What one consumer gets of a sample.
struct Share {
  Joules joules;
  Joules above;  // the part above the baseline
};

constexpr char kQuizPrefix[] = "quiz/";

bool SharesBaseline(const std::string& consumer) {
  return consumer.rfind(kQuizPrefix, 0) != 0;
}

// Shares add up to `total`: what the others leave goes to unattributed, as all does without users.
std::map<std::string, Share> SplitShares(Joules total, Joules above, const DeviceUse& use) {
  double whole = std::max(use.foreign, 0.0);
  size_t sharers = 0;
  for (const auto& [consumer, used] : use.by_consumer) {
    whole += std::max(used, 0.0);
    sharers += SharesBaseline(consumer) ? 1 : 0;
  }
  const Joules equal = (total - above) / static_cast<double>(std::max<size_t>(1, sharers));
  std::map<std::string, Share> shares;
  Share rest{total, above};
  for (const auto& [consumer, used] : use.by_consumer) {
    const Joules resting = SharesBaseline(consumer) ? equal : Joules(0);
    const Joules active = whole > 0 ? above * (std::max(used, 0.0) / whole) : Joules(0);
    shares[consumer] = {active + resting, active};
    rest.joules -= active + resting;
    rest.above -= active;
  }
  const double rounding = 1e-12 * std::abs(total.value());
  if (shares.empty() || rest.joules.value() > rounding) {
    Share& unattributed = shares[kUnattributed];
    unattributed.joules += rest.joules;
    unattributed.above += rest.above;
  }
  return shares;
}

// Shares of the whole by energy; by head where there is none to share.
double ShareOf(Joules part, Joules total, size_t heads) {
  return total.value() != 0 ? part / total : 1.0 / static_cast<double>(heads);
}

// One sensor read both power and baseline, so its gain scales their difference; what the baseline
// leaves open comes on top. `heads` share what nobody drew.
void PutNet(LedgerInterval& interval, Joules net, Joules all_net, const PowerSample& sample,
            const RestingPower& baseline, size_t heads) {
  const absl::Duration time = sample.end - sample.start;
  const double share = ShareOf(net, all_net, heads);
  const bool has_power = sample.power > Watts(0);
  const Joules low = has_power ? net * (sample.low / sample.power) : Joules(0);
  const Joules high = has_power ? net * (sample.high / sample.power) : sample.high * time * share;
  interval.baseline = baseline.power;
  interval.net = net;
  interval.net_low =
      std::max(low - std::max(baseline.high - baseline.power, Watts(0)) * time * share, Joules(0));
  interval.net_high = high + std::max(baseline.power - baseline.low, Watts(0)) * time * share;
  if (sample.coverage < 1) {  // a guess: its own net says nothing of how far off it is
    interval.net_low =
        std::min(*interval.net_low, std::max(sample.low - baseline.high, Watts(0)) * time * share);
    interval.net_high =
        std::max(*interval.net_high, std::max(sample.high - baseline.low, Watts(0)) * time * share);
  }
}

LedgerInterval Until(const LedgerInterval& interval, absl::Duration at) {
  if (at >= interval.end) return interval;
  LedgerInterval part = interval;
  const double share = absl::FDivDuration(at - interval.start, interval.end - interval.start);
  part.end = at;
  part.variance *= share;
  for (Joules* joules : {&part.joules, &part.low, &part.high}) *joules = *joules * share;
  for (std::optional<Joules>* joules : {&part.net, &part.net_low, &part.net_high}) {
    if (*joules) **joules = **joules * share;
  }
  return part;
}

// An interval that counts towards the total, and how much of its time was measured.
struct Counted {
  const LedgerInterval* interval;
  double coverage;
};

// Intervals that count, and what models say of devices that were never measured.
struct Sorted {
  std::vector<Counted> counted;
  std::optional<Joules> estimated;
};

Sorted SortOutEstimates(const std::vector<LedgerInterval>& intervals) {
  std::set<std::string_view> measured;
  std::set<std::pair<std::string_view, std::string_view>> devices;  // by consumer
  for (const LedgerInterval& interval : intervals) {
    if (!IsMeasured(interval.source)) continue;
    measured.insert(interval.consumer);
    devices.insert({interval.consumer, interval.device});
  }
  Sorted sorted;
  for (const LedgerInterval& interval : intervals) {
    if (interval.source != kEstimateSource || measured.count(interval.consumer) == 0) {
      sorted.counted.push_back({&interval, interval.coverage});
    } else if (devices.count({interval.consumer, interval.device}) > 0) {
      sorted.counted.push_back({&interval, 0});
    } else {
      sorted.estimated = sorted.estimated.value_or(Joules(0)) + interval.joules;
    }
  }
  return sorted;
}

struct DeviceTime {
  double seconds = 0;
  double baseline_joules = 0;
};

// The devices' baselines together, each averaged over its time.
std::optional<Watts> MeanBaseline(const std::vector<Counted>& intervals) {
  std::map<std::string, DeviceTime> devices;
  for (const auto& [interval, coverage] : intervals) {
    if (!interval->baseline) return std::nullopt;
    const absl::Duration time = interval->end - interval->start;
    devices[interval->device].seconds += absl::ToDoubleSeconds(time);
    devices[interval->device].baseline_joules += (*interval->baseline * time).value();
  }
  Watts sum;
  for (const auto& [device, time] : devices) {
    if (time.seconds > 0) sum += Watts(time.baseline_joules / time.seconds);
  }
  return sum;
}

std::string ScopeOf(std::set<std::string_view> devices) {
  const bool is_gpu_missing = devices.erase(kUnmeteredGpu) > 0;
  if (devices.empty()) return kGpuNotMetered;
  std::string scope;
  const bool has_cpu = devices.count("cpu") > 0;
  if (devices.count("system") > 0) {
    scope = "system";
  } else if (devices.size() == (has_cpu ? 1u : 0u)) {
    scope = "cpu";
  } else {
    scope = has_cpu ? "cpu+gpu" : "gpu-only";
  }
  return is_gpu_missing ? Concat(scope, ", ", kGpuNotMetered) : scope;
}

void AddIfBoth(std::optional<Joules>& sum, const std::optional<Joules>& more) {
  if (sum && more) {
    *sum += *more;
  } else {
    sum.reset();
  }
}

}  // namespace

std::string AttemptConsumer(const std::string& run_id, int64_t attempt) {
  return Concat(RunConsumerPrefix(run_id), attempt);
}

std::string RunConsumerPrefix(const std::string& run_id) {
  return Concat("run/", run_id, "/");
}

std::string QuizConsumer(int64_t started_unix_us) {
  return Concat(kQuizPrefix, started_unix_us);
}

std::vector<LedgerInterval> Attribute(const PowerSample& sample, const DeviceUse& use,
                                      const std::optional<RestingPower>& baseline) {
  const absl::Duration time = sample.end - sample.start;
  if (time <= absl::ZeroDuration()) return {};
  const Joules total = sample.power * time;
  // At less than the baseline nothing is above it, and the baseline is what there is.
  const Joules above = baseline ? std::max(sample.power - baseline->power, Watts(0)) * time : total;
  const std::map<std::string, Share> shares = SplitShares(total, above, use);
  std::vector<LedgerInterval> intervals;
  for (const auto& [consumer, share] : shares) {
    const double fraction = ShareOf(share.joules, total, shares.size());
    LedgerInterval interval;
    interval.device = sample.device;
    interval.consumer = consumer;
    interval.start = sample.start;
    interval.end = sample.end;
    interval.joules = share.joules;
    interval.low = sample.low * time * fraction;
    interval.high = sample.high * time * fraction;
    interval.variance = sample.variance * fraction * fraction;
    interval.source = sample.source;
    interval.coverage = sample.coverage;
    if (baseline) PutNet(interval, share.above, above, sample, *baseline, shares.size());
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

std::optional<EnergyFigure> SumIntervals(const std::vector<LedgerInterval>& intervals) {
  if (intervals.empty()) return std::nullopt;
  const Sorted sorted = SortOutEstimates(intervals);
  EnergyFigure figure;
  figure.net = figure.net_low = figure.net_high = Joules(0);
  figure.estimated = sorted.estimated;
  std::set<std::string_view> sources;
  std::set<std::string_view> devices;
  double seconds = 0;
  double covered = 0;
  double variance = 0;
  for (const auto& [interval, covered_share] : sorted.counted) {
    figure.gross += interval->joules;
    figure.low += interval->low;
    figure.high += interval->high;
    variance += interval->variance;
    AddIfBoth(figure.net, interval->net);
    AddIfBoth(figure.net_low, interval->net_low);
    AddIfBoth(figure.net_high, interval->net_high);
    if (interval->source != kUnmeteredSource) sources.insert(interval->source);
    devices.insert(interval->device);
    const double time = absl::ToDoubleSeconds(interval->end - interval->start);
    seconds += time;
    covered += time * covered_share;
  }
  const Joules sampling(2 * std::sqrt(variance));
  figure.low = std::max(figure.low - sampling, Joules(0));
  figure.high += sampling;
  if (figure.net_low) *figure.net_low = std::max(*figure.net_low - sampling, Joules(0));
  if (figure.net_high) *figure.net_high += sampling;
  figure.baseline = MeanBaseline(sorted.counted);
  figure.source = sources.empty()       ? kUnmeteredSource
                  : sources.size() == 1 ? std::string(*sources.begin())
                                        : "mixed";
  if (figure.source != kImportedSource) figure.scope = ScopeOf(devices);
  if (seconds > 0) figure.coverage = covered / seconds;
  return figure;
}

std::vector<LedgerInterval> IntervalsUntil(const std::vector<LedgerInterval>& intervals,
                                           absl::Duration at) {
  std::vector<LedgerInterval> parts;
  for (const LedgerInterval& interval : intervals) {
    if (interval.start < at) parts.push_back(Until(interval, at));
  }
  return parts;
}

}  // namespace powerdown
