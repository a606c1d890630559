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

// How many times its rated power a processor may seem to draw; for long it draws up to twice.
constexpr double kShortTermShare = 3;

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

// ±5%: RAPL is modelled or measured by the chip, not by a calibrated meter; supplies and board are
// outside of it.
RaplMeter::RaplMeter(const RaplOptions& options, std::vector<RaplZone> zones)
    : description_{.meter = "rapl",
                   .device = "cpu",
                   .source = "rapl",
                   .relative_band = 0.05,
                   .most_power = Watts(0),
                   .overshoot = kShortTermShare / 2,
                   .lag = absl::Milliseconds(1)} {
  for (RaplZone& zone : zones) {
    const Watts most = zone.rated_power > Watts(0) ? zone.rated_power * kShortTermShare
                                                   : options.most_plausible_power;
    description_.most_power += most / kShortTermShare * 2;
    zones_.push_back({std::move(zone), most, std::nullopt});
  }
}

absl::Duration RaplMeter::poll_deadline() const {
  absl::Duration deadline = absl::InfiniteDuration();
  for (const Zone& zone : zones_) {
    if (zone.zone.range.value() <= 0) continue;
    const double seconds = zone.zone.range.value() / zone.most_power.value();
    deadline = std::min(deadline, absl::Seconds(seconds / 4));
  }
  return deadline;
}

std::string RaplMeter::zone_names() const {
  return absl::StrJoin(zones_, ", ", [](std::string* text, const Zone& zone) {
    absl::StrAppend(text, zone.zone.name);
  });
}

absl::StatusOr<PowerReading> RaplMeter::Read(Instant now) {
  std::vector<Joules> values;
  for (const Zone& zone : zones_) {
    ASSIGN_OR_RETURN(const Joules value, ReadRaplEnergy(zone.zone));
    if (zone.zone.range.value() > 0 && value > zone.zone.range) {
      return absl::DataLossError(
          absl::StrCat(zone.zone.energy_file, ": the counter is above its range"));
    }
    values.push_back(value);
  }
  const absl::Duration elapsed = last_read_ ? now.monotonic - *last_read_ : absl::ZeroDuration();
  PowerReading reading;
  Joules delta;
  for (size_t i = 0; i < zones_.size(); ++i) {
    Zone& zone = zones_[i];
    const Joules most = zone.most_power * elapsed;
    absl::StrAppendFormat(&reading.position, "%.17g ", values[i].value());
    if (zone.last) {
      Joules step = values[i] - *zone.last;
      if (step.value() < 0) step += zone.zone.range;
      // Too much for the time, or time enough for a whole range more: neither a step nor a wrap.
      const bool is_ambiguous = zone.zone.range.value() > 0 && most >= zone.zone.range;
      if (step.value() < 0 || step > most || is_ambiguous) reading.has_restarted = true;
      delta += step;
    }
    zone.last = values[i];
  }
  if (!reading.has_restarted) total_ += delta;
  last_read_ = now.monotonic;
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
  for (size_t i = 0; i < values.size(); ++i) zones_[i].last = Joules(joules[i]);
  last_read_ = then;
  return true;
}

}  // namespace powerdown
