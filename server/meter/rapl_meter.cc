#include "server/meter/rapl_meter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

// What a processor of unknown limits is taken to draw at most in a gap: the rated power of the
// largest that is sold, as a share of the most plausible.
constexpr double kUnratedShare = 2.0 / 3;
// A zone that could not be read for so long is missing; until then all wait for it.
constexpr absl::Duration kLongestFailure = absl::Seconds(10);
constexpr char kMemory[] = "dram";
// Limits are changed by hand or by a power daemon, rarely.
constexpr absl::Duration kLimitPeriod = absl::Seconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<RaplMeter>> RaplMeter::Open(const RaplOptions& options,
                                                           std::vector<RaplRefusal>* refused) {
  RaplZones zones = FindRaplZones(options.sysfs_root);
  *refused = std::move(zones.refused);
  if (zones.used.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no readable RAPL zone below ", options.sysfs_root, "/class/powercap"));
  }
  return std::unique_ptr<RaplMeter>(new RaplMeter(options, std::move(zones.used)));
}

// It reads 0.9 to 1.1 of the truth: RAPL is modelled or measured by the chip, not by a calibrated
// meter; supplies and board are outside of it.
RaplMeter::RaplMeter(const RaplOptions& options, std::vector<RaplZone> zones)
    : most_plausible_power_(options.most_plausible_power),
      description_{.meter = "rapl",
                   .device = "cpu",
                   .source = "rapl",
                   .relative_band = 0.10,
                   .spread = MeterDescription::Spread{1 - 1 / 1.1, 1 / 0.9 - 1, Watts(0), Watts(0)},
                   .most_power = Watts(0),
                   .lag = absl::Milliseconds(1)} {
  for (RaplZone& zone : zones) {
    description_.is_limit_known &= zone.limit > Watts(0);
    description_.ceiling += options.most_plausible_power;
    zones_.push_back({std::move(zone)});
  }
  limit_ = description_.most_power = Limit();
}

// Boards without a limit say so by one that no processor reaches.
Watts RaplMeter::MostOf(const RaplZone& zone) const {
  return zone.limit > Watts(0) ? std::min(zone.limit, most_plausible_power_)
                               : most_plausible_power_ * kUnratedShare;
}

Watts RaplMeter::Limit() const {
  Watts sum;
  for (const Zone& zone : zones_) sum += MostOf(zone.zone);
  return sum;
}

absl::Duration RaplMeter::poll_deadline() const {
  absl::Duration deadline = absl::InfiniteDuration();
  for (const Zone& zone : zones_) {
    if (zone.zone.range.value() <= 0) continue;
    const double seconds = zone.zone.range.value() / most_plausible_power_.value();
    deadline = std::min(deadline, absl::Seconds(seconds / 4));
  }
  return deadline;
}

std::string RaplMeter::zone_names() const {
  return absl::StrJoin(zones_, ", ", [](std::string* text, const Zone& zone) {
    absl::StrAppend(text, zone.zone.name);
  });
}

// A zone that fails only now is the reading's error: the next good one covers the time.
absl::StatusOr<std::vector<absl::StatusOr<Joules>>> RaplMeter::ReadZones(Instant now) {
  std::vector<absl::StatusOr<Joules>> values;
  absl::Status failure;
  bool has_good = false;
  for (Zone& zone : zones_) {
    absl::StatusOr<Joules> value = ReadRaplEnergy(zone.zone);
    if (value.ok() && zone.zone.range.value() > 0 && *value > zone.zone.range) {
      value = absl::DataLossError(
          absl::StrCat(zone.zone.energy_file, ": the counter is above its range"));
    }
    if (value.ok()) {
      zone.failing_since.reset();
      has_good = true;
    } else {
      if (!zone.failing_since) zone.failing_since = now.monotonic;
      const bool is_long = now.monotonic - *zone.failing_since >= kLongestFailure;
      if (!is_long && !zone.is_missing) failure.Update(value.status());
    }
    values.push_back(std::move(value));
  }
  if (!failure.ok()) return failure;
  if (!has_good) return values.front().status();
  return values;
}

void RaplMeter::AddStep(Zone& zone, Joules value, Instant now, Sum& sum) {
  if (zone.last) {
    const Joules most = most_plausible_power_ * (now.monotonic - zone.last_at);
    Joules step = value - *zone.last;
    if (step.value() < 0) step += zone.zone.range;
    // Too much for the time, or time enough for a whole range more: neither a step nor a wrap.
    const bool is_ambiguous = zone.zone.range.value() > 0 && most >= zone.zone.range;
    if (step.value() < 0 || step > most || is_ambiguous) sum.has_restarted = true;
    sum.delta += step;
  }
  zone.last = value;
  zone.last_at = now.monotonic;
}

void RaplMeter::AddZone(Zone& zone, const absl::StatusOr<Joules>& value, Instant now, Sum& sum) {
  const CounterWatch::State state =
      value.ok() ? zone.watch.Observe(*value, now.monotonic) : CounterWatch::State::kStuck;
  // Memory that nothing counts, as on many desktops, or a socket without any.
  const bool is_unused = value.ok() && zone.zone.name == kMemory && !zone.watch.has_moved();
  if (is_unused) {
    zone.last = *value;
    zone.last_at = now.monotonic;
    return;
  }
  const bool was_missing = std::exchange(zone.is_missing, state == CounterWatch::State::kStuck);
  if (zone.is_missing || was_missing) {  // what it counts since is not all of the time
    ++sum.missing;
    sum.most_missing += MostOf(zone.zone);
    sum.reason = value.ok() ? absl::StrCat("the counter of ", zone.zone.name, " stands still")
                            : std::string(value.status().message());
    if (value.ok()) zone.last = *value;
    zone.last_at = now.monotonic;
    return;
  }
  ++sum.counted;
  sum.has_package |= zone.zone.name != kMemory;
  if (state == CounterWatch::State::kWaiting) {
    sum.is_pending = true;
    return;
  }
  AddStep(zone, *value, now, sum);
}

absl::StatusOr<PowerReading> RaplMeter::Read(Instant now) {
  ASSIGN_OR_RETURN(const auto values, ReadZones(now));
  Sum sum;
  PowerReading reading;
  for (size_t i = 0; i < zones_.size(); ++i) {
    AddZone(zones_[i], values[i], now, sum);
    absl::StrAppendFormat(&reading.position, "%.17g ",
                          values[i].value_or(zones_[i].last.value_or(Joules(0))).value());
  }
  if (sum.missing > 0 && !sum.has_package) {
    is_void_ = true;
    return absl::UnavailableError(sum.reason);
  }
  // What was drawn meanwhile no counter tells.
  sum.has_restarted |= std::exchange(is_void_, false);
  if (!sum.has_restarted) total_ += sum.delta;
  if (!limit_read_ || now.monotonic - *limit_read_ >= kLimitPeriod) {
    limit_read_ = now.monotonic;
    for (Zone& zone : zones_) zone.zone.limit = ReadRaplLimit(zone.zone.folder);
    limit_ = Limit();
  }
  if (sum.missing > 0 && !sum.has_restarted) {
    reading.missing = {static_cast<double>(sum.missing) / (sum.missing + sum.counted),
                       sum.most_missing, sum.reason};
  }
  reading.has_restarted = sum.has_restarted;
  reading.is_pending = sum.is_pending;
  reading.limit = limit_;
  reading.counter = total_;
  return reading;
}

bool RaplMeter::ResumeFrom(const std::string& position, absl::Duration then) {
  const std::vector<std::string> values = absl::StrSplit(position, ' ', absl::SkipEmpty());
  if (values.size() != zones_.size()) return false;
  std::vector<double> joules(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!absl::SimpleAtod(values[i], &joules[i])) return false;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    zones_[i].last = Joules(joules[i]);
    zones_[i].last_at = then;
    zones_[i].watch.Observe(Joules(joules[i]), then);
  }
  return true;
}

}  // namespace powerdown
