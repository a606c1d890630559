// Energy figures and how they add up: sample-and-hold integration, gross, net, band. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

// An amount of energy as it is shown: never without its band and where it comes from.
struct EnergyFigure {
  Joules gross;
  std::optional<Joules> net;  // absent while no baseline stands
  Joules low;                 // band of gross
  Joules high;
  std::optional<Watts> baseline;
  // nvml-counter nvml-power hwmon-counter hwmon-power rapl rapl-psys smc ioreport powermetrics
  // estimate mixed
  std::string source;
  double coverage = 1;            // share of the time that was measured
  std::optional<Joules> net_low;  // band of net
  std::optional<Joules> net_high;
  // What was metered: "cpu", "gpu-only", "cpu+gpu", "system"; with ", GPU not metered" where a GPU
  // was used that no meter reads: it is in the band and in the coverage, not in gross.
  std::string scope;
  // What a model says of devices that no meter reads, beside what others measured: not in gross.
  std::optional<Joules> estimated;

  bool operator==(const EnergyFigure&) const = default;
};

inline constexpr char kEstimateSource[] = "estimate";
// A GPU that no meter reads: its intervals hold 0 J, and as `high` the most that it may have drawn.
inline constexpr char kUnmeteredSource[] = "unmetered";
inline constexpr char kUnmeteredGpu[] = "gpu";  // its device
inline constexpr char kGpuNotMetered[] = "GPU not metered";
inline bool IsMeasured(std::string_view source) {
  return source != kEstimateSource && source != kUnmeteredSource;
}
// An amount that a log from elsewhere tells: what was metered, how and how well is not known, so
// that low and high are no band and there is no scope.
inline constexpr char kImportedSource[] = "imported";

// Mean power of one device over one interval, held constant within it.
struct PowerSample {
  std::string meter;
  std::string device;  // "cpu", "gpu-<uuid>", "system"
  std::string source;
  absl::Duration start;  // monotonic
  absl::Duration end;
  Watts power;
  Watts low;  // of errors that do not average out: the sensor's gain, gaps, edges
  Watts high;
  // Square of the standard error, in joules squared, of what does average out: sampling.
  double variance = 0;
  double coverage = 1;  // share of the time that was measured
};

// The power of a device at rest, with what its spread, age and drift leave open. The sensor's gain
// is not in this band: net carries it once, in the gradient.
struct RestingPower {
  Watts power;
  Watts low;
  Watts high;
};

// Who an interval's energy belongs to: an attempt of a run, a quiz session, or nobody.
inline constexpr char kUnattributed[] = "unattributed";
std::string AttemptConsumer(const std::string& run_id, int64_t attempt);  // "run/<id>/<attempt>"
std::string RunConsumerPrefix(const std::string& run_id);                 // "run/<id>/"
std::string QuizConsumer(int64_t started_unix_us);                        // "quiz/<time>"

// One booked interval. `net` is what the consumer drew above the baseline; absent without one.
struct LedgerInterval {
  std::string device;
  std::string consumer;
  absl::Duration start;  // monotonic of the boot `boot_id`
  absl::Duration end;
  Joules joules;  // gross
  std::optional<Joules> net;
  Joules low;
  Joules high;
  std::optional<Watts> baseline;
  std::string source;
  double coverage = 1;
  double variance = 0;  // as in PowerSample; beside low and high
  std::optional<Joules> net_low;
  std::optional<Joules> net_high;
};

// What processes used of one device during a sample: shares of its capacity, e.g. 0.5 of all cores.
struct DeviceUse {
  std::map<std::string, double> by_consumer;  // active consumers, also those that used nothing
  double foreign = 0;                         // all other processes together
};

// Splits one sample among its consumers. Power above the baseline is split by use over all
// processes, foreign ones going to kUnattributed; the baseline is shared equally by the active
// consumers but quiz sessions, which wait warm most of the time and must not lighten a run's bill,
// and is unattributed when there is none. Without a baseline all is split by use and net
// is absent. The joules of the intervals add up to the sample's, to rounding.
std::vector<LedgerInterval> Attribute(const PowerSample& sample, const DeviceUse& use,
                                      const std::optional<RestingPower>& baseline);

// Sums intervals into one figure. Nullopt when there is none. Net is present only if every interval
// has one; sources that differ give "mixed". Bands add, because errors of one sensor do not average
// out; variances add too, and two standard errors of them widen the band. Coverage is weighted by
// time, of each device alike. Where meters measured a consumer, what a model says of devices that
// none measured is told beside the total, never in it; of a device that a meter measured at other
// times it counts, as not covered.
std::optional<EnergyFigure> SumIntervals(const std::vector<LedgerInterval>& intervals);
// The part of the intervals before `at`, or from `from` to `until`, each held constant within
// itself: additive.
std::vector<LedgerInterval> IntervalsUntil(const std::vector<LedgerInterval>& intervals,
                                           absl::Duration at);
std::vector<LedgerInterval> IntervalsBetween(const std::vector<LedgerInterval>& intervals,
                                             absl::Duration from, absl::Duration until);

}  // namespace powerdown
