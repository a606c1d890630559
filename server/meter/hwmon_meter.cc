#include "server/meter/hwmon_meter.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "server/meter/sysfs_text.h"

namespace powerdown {
namespace {

// Thousandths, millionths: what the files count in.
absl::StatusOr<double> ReadScaled(const std::string& path, double unit) {
  ASSIGN_OR_RETURN(const int64_t number, ReadSysfsNumber(path));
  if (number < 0) return absl::DataLossError(absl::StrCat(path, ": is below 0"));
  return static_cast<double>(number) * unit;
}

}  // namespace

void HwmonMeter::Count(Joules counter, Instant now, PowerReading& reading) {
  if (last_) {
    Joules step = counter - *last_;
    if (step < Joules(0)) step += sensor_.range;
    const MeterDescription& meter = sensor_.description;
    const Joules most = std::max(meter.most_power, meter.ceiling) * (now.monotonic - last_at_);
    reading.has_restarted = step < Joules(0) || (counter < *last_ && step > most);
    if (!reading.has_restarted) total_ += step;
  }
  last_ = counter;
  last_at_ = now.monotonic;
  reading.counter = total_;
  reading.position = absl::StrFormat("%.17g", counter.value());
}

absl::Status HwmonMeter::ReadSensor(Instant now, PowerReading& reading) {
  if (!sensor_.power_file.empty()) {
    ASSIGN_OR_RETURN(const double watts, ReadScaled(sensor_.power_file, 1e-6));
    reading.power = Watts(watts);
    return absl::OkStatus();
  }
  if (!sensor_.current_file.empty()) {
    ASSIGN_OR_RETURN(const double amperes, ReadScaled(sensor_.current_file, 1e-3));
    ASSIGN_OR_RETURN(const double volts, ReadScaled(sensor_.voltage_file, 1e-3));
    reading.power = Watts(amperes * volts);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const double joules, ReadScaled(sensor_.energy_file, 1e-6));
  Count(Joules(joules), now, reading);
  return absl::OkStatus();
}

absl::StatusOr<PowerReading> HwmonMeter::Read(Instant now) {
  if (!sensor_.state_file.empty() &&
      ReadSysfsText(sensor_.state_file).value_or("") == "suspended") {
    return absl::UnavailableError(
        absl::StrCat(sensor_.description.device, " sleeps, and reading would wake it"));
  }
  PowerReading reading;
  RETURN_IF_ERROR(ReadSensor(now, reading));
  if (!sensor_.limit_file.empty()) {
    const double limit = ReadScaled(sensor_.limit_file, 1e-6).value_or(0);
    if (limit > 0) reading.limit = Watts(limit);
  }
  if (sensor_.description.device == "system") return reading;
  DeviceActivity activity;
  const absl::StatusOr<double> busy = ReadScaled(sensor_.busy_file, 1e-2);
  activity.is_use_known = busy.ok();
  activity.busy = std::min(1.0, busy.value_or(0));
  reading.activity = std::move(activity);
  return reading;
}

bool HwmonMeter::ResumeFrom(const std::string& position, absl::Duration then) {
  double joules = 0;
  if (sensor_.energy_file.empty() || !absl::SimpleAtod(position, &joules)) return false;
  last_ = Joules(joules);
  last_at_ = then;
  return true;
}

}  // namespace powerdown
