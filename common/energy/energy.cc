#include "common/energy/energy.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "common/base/text.h"

namespace powerdown {
namespace {

LedgerInterval Part(const LedgerInterval& interval, absl::Duration from, absl::Duration until) {
  LedgerInterval part = interval;
  part.start = std::max(interval.start, from);
  part.end = std::min(interval.end, until);
  if (part.start == interval.start && part.end == interval.end) return part;
  const double share = absl::FDivDuration(part.end - part.start, interval.end - interval.start);
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
  return Concat("quiz/", started_unix_us);
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

std::vector<LedgerInterval> IntervalsBetween(const std::vector<LedgerInterval>& intervals,
                                             absl::Duration from, absl::Duration until) {
  std::vector<LedgerInterval> parts;
  for (const LedgerInterval& interval : intervals) {
    if (interval.start < until && interval.end > from) parts.push_back(Part(interval, from, until));
  }
  return parts;
}

std::vector<LedgerInterval> IntervalsUntil(const std::vector<LedgerInterval>& intervals,
                                           absl::Duration at) {
  return IntervalsBetween(intervals, -absl::InfiniteDuration(), at);
}

}  // namespace powerdown
