#include "common/energy/energy.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

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

struct DeviceTime {
  double seconds = 0;
  double baseline_joules = 0;
};

// The devices' baselines together, each averaged over its time.
std::optional<Watts> MeanBaseline(const std::vector<const LedgerInterval*>& intervals) {
  std::map<std::string, DeviceTime> devices;
  for (const LedgerInterval* interval : intervals) {
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

bool IsEstimate(const LedgerInterval& interval) {
  return interval.source == kEstimateSource;
}

// Intervals that count towards the total, and what models say of the rest.
struct Sorted {
  std::vector<const LedgerInterval*> counted;
  std::optional<Joules> estimated;
};

Sorted SortOutEstimates(const std::vector<LedgerInterval>& intervals) {
  std::set<std::string_view> measured;
  for (const LedgerInterval& interval : intervals) {
    if (!IsEstimate(interval)) measured.insert(interval.consumer);
  }
  Sorted sorted;
  for (const LedgerInterval& interval : intervals) {
    if (IsEstimate(interval) && measured.count(interval.consumer) > 0) {
      sorted.estimated = sorted.estimated.value_or(Joules(0)) + interval.joules;
    } else {
      sorted.counted.push_back(&interval);
    }
  }
  return sorted;
}

std::string ScopeOf(const std::set<std::string_view>& devices) {
  if (devices.count("system") > 0) return "system";
  const bool has_cpu = devices.count("cpu") > 0;
  if (devices.size() == (has_cpu ? 1u : 0u)) return "cpu";
  return has_cpu ? "cpu+gpu" : "gpu-only";
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
  for (const LedgerInterval* interval : sorted.counted) {
    figure.gross += interval->joules;
    figure.low += interval->low;
    figure.high += interval->high;
    variance += interval->variance;
    AddIfBoth(figure.net, interval->net);
    AddIfBoth(figure.net_low, interval->net_low);
    AddIfBoth(figure.net_high, interval->net_high);
    sources.insert(interval->source);
    devices.insert(interval->device);
    const double time = absl::ToDoubleSeconds(interval->end - interval->start);
    seconds += time;
    covered += time * interval->coverage;
  }
  const Joules sampling(2 * std::sqrt(variance));
  figure.low = std::max(figure.low - sampling, Joules(0));
  figure.high += sampling;
  if (figure.net_low) *figure.net_low = std::max(*figure.net_low - sampling, Joules(0));
  if (figure.net_high) *figure.net_high += sampling;
  figure.baseline = MeanBaseline(sorted.counted);
  figure.source = sources.size() == 1 ? std::string(*sources.begin()) : "mixed";
  if (figure.source != kImportedSource) figure.scope = ScopeOf(devices);
  if (seconds > 0) figure.coverage = covered / seconds;
  return figure;
}

std::optional<EnergyFigure> SumIntervalsUntil(const std::vector<LedgerInterval>& intervals,
                                              absl::Duration at) {
  std::vector<LedgerInterval> parts;
  for (const LedgerInterval& interval : intervals) {
    if (interval.start < at) parts.push_back(Until(interval, at));
  }
  return SumIntervals(parts);
}

std::optional<EnergyFigure> AddFigures(const std::optional<EnergyFigure>& a,
                                       const std::optional<EnergyFigure>& b) {
  if (!a) return b;
  if (!b) return a;
  EnergyFigure sum;
  sum.gross = a->gross + b->gross;
  sum.low = a->low + b->low;
  sum.high = a->high + b->high;
  sum.net = a->net;
  sum.net_low = a->net_low;
  sum.net_high = a->net_high;
  AddIfBoth(sum.net, b->net);
  AddIfBoth(sum.net_low, b->net_low);
  AddIfBoth(sum.net_high, b->net_high);
  if (a->baseline == b->baseline) sum.baseline = a->baseline;
  if (a->scope == b->scope) sum.scope = a->scope;
  if (a->estimated || b->estimated) {
    sum.estimated = a->estimated.value_or(Joules(0)) + b->estimated.value_or(Joules(0));
  }
  sum.source = a->source == b->source ? a->source : "mixed";
  const double weight = sum.gross.value() > 0 ? a->gross / sum.gross : 0.5;
  sum.coverage =
      a->coverage == b->coverage ? a->coverage : a->coverage * weight + b->coverage * (1 - weight);
  return sum;
}

}  // namespace powerdown
