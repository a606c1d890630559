#include "common/energy.h"

#include <algorithm>
#include <set>

#include "common/text.h"

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

LedgerInterval Until(const LedgerInterval& interval, absl::Duration at) {
  if (at >= interval.end) return interval;
  LedgerInterval part = interval;
  const double share = absl::FDivDuration(at - interval.start, interval.end - interval.start);
  part.end = at;
  part.joules = interval.joules * share;
  part.low = interval.low * share;
  part.high = interval.high * share;
  if (interval.net) part.net = *interval.net * share;
  return part;
}

struct DeviceTime {
  double seconds = 0;
  double baseline_joules = 0;
};

// The devices' baselines together, each averaged over its time.
std::optional<Watts> MeanBaseline(const std::vector<LedgerInterval>& intervals) {
  std::map<std::string, DeviceTime> devices;
  for (const LedgerInterval& interval : intervals) {
    if (!interval.baseline) return std::nullopt;
    const absl::Duration time = interval.end - interval.start;
    devices[interval.device].seconds += absl::ToDoubleSeconds(time);
    devices[interval.device].baseline_joules += (*interval.baseline * time).value();
  }
  Watts sum;
  for (const auto& [device, time] : devices) {
    if (time.seconds > 0) sum += Watts(time.baseline_joules / time.seconds);
  }
  return sum;
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
                                      std::optional<Watts> baseline) {
  const absl::Duration time = sample.end - sample.start;
  if (time <= absl::ZeroDuration()) return {};
  const Joules total = sample.power * time;
  // At less than the baseline nothing is above it, and the baseline is what there is.
  const Joules above = baseline ? std::max(sample.power - *baseline, Watts(0)) * time : total;
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
    if (baseline) interval.net = share.above;
    interval.low = sample.low * time * fraction;
    interval.high = sample.high * time * fraction;
    interval.baseline = baseline;
    interval.source = sample.source;
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

std::optional<EnergyFigure> SumIntervals(const std::vector<LedgerInterval>& intervals) {
  if (intervals.empty()) return std::nullopt;
  EnergyFigure figure;
  figure.net = Joules(0);
  std::set<std::string> sources;
  double seconds = 0;
  double covered = 0;
  for (const LedgerInterval& interval : intervals) {
    figure.gross += interval.joules;
    figure.low += interval.low;
    figure.high += interval.high;
    if (figure.net && interval.net) {
      *figure.net += *interval.net;
    } else {
      figure.net.reset();
    }
    sources.insert(interval.source);
    const double time = absl::ToDoubleSeconds(interval.end - interval.start);
    seconds += time;
    covered += time * interval.coverage;
  }
  figure.baseline = MeanBaseline(intervals);
  figure.source = sources.size() == 1 ? *sources.begin() : "mixed";
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
  if (a->net && b->net) sum.net = *a->net + *b->net;
  if (a->baseline == b->baseline) sum.baseline = a->baseline;
  sum.source = a->source == b->source ? a->source : "mixed";
  const double weight = sum.gross.value() > 0 ? a->gross / sum.gross : 0.5;
  sum.coverage =
      a->coverage == b->coverage ? a->coverage : a->coverage * weight + b->coverage * (1 - weight);
  return sum;
}

}  // namespace powerdown
