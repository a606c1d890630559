#include "server/meter/metered_device.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace powerdown {
namespace {

// Nobody knows what a polled device did for longer than this between two readings.
constexpr absl::Duration kLongestHold = absl::Seconds(1);

absl::Duration Suspended(Instant from, Instant to) {
  const absl::Duration slept = (to.boottime - to.monotonic) - (from.boottime - from.monotonic);
  return slept > kSuspendThreshold ? slept : absl::ZeroDuration();
}

Watts MostReading(const MeterDescription& meter) {
  return meter.most_power * meter.overshoot;
}

absl::Status Implausible(Watts power, const MeterDescription& meter) {
  return absl::OutOfRangeError(
      absl::StrFormat("rejected a reading of %.0f W: %s never uses more than %.0f W", power.value(),
                      meter.device, MostReading(meter).value()));
}

}  // namespace

Watts MeteredDevice::Calibrated(Watts power) const {
  if (!calibration_) return power;
  return std::max(power * calibration_->gain + calibration_->offset, Watts(0));
}

Watts MeteredDevice::Uncalibrated(Watts power) const {
  return calibration_ ? (power - calibration_->offset) / calibration_->gain : power;
}

std::optional<Watts> MeteredDevice::MeanPower(const PowerReading& reading, absl::Duration time) {
  if (reading.has_restarted || has_given_up_) return std::nullopt;
  if (reading.counter && last_->counter) {
    const Watts mean = (*reading.counter - *last_->counter) / time;
    // A counter that is renewed now and then may tell of a little more than the time.
    const double late = absl::FDivDuration(description().lag, time);
    if (mean >= Watts(0) && mean <= MostReading(description()) * (1 + late)) return mean;
    error_ = Implausible(mean, description());
    return std::nullopt;
  }
  if (!reading.power || !last_->power || has_missed_) return std::nullopt;
  const double age =
      std::clamp(absl::FDivDuration(reading.age, time), 0.0, 1.0);  // the new power since then
  return *last_->power * (1 - age) + *reading.power * age;
}

PowerSample MeteredDevice::Known(Watts power, const PowerReading& reading, Instant now) const {
  const MeterDescription& meter = description();
  const double band = calibration_ ? calibration_->relative_band : meter.relative_band;
  const Watts calibrated = Calibrated(power);
  PowerSample sample{meter.meter,
                     meter.device,
                     meter.source,
                     last_read(),
                     now.monotonic,
                     calibrated,
                     calibrated * (1 - band),
                     calibrated * (1 + band)};
  if (const auto apart = check_.disagreement()) {
    sample.low = std::min(sample.low, sample.low * *apart);
    sample.high = std::max(sample.high, sample.high * *apart);
  }
  if (reading.power && last_->power) {
    // The power may have changed anywhere between the readings: uniform, so a third of the square.
    const Joules change = (*reading.power - *last_->power) * (now.monotonic - last_read());
    sample.variance = change.value() * change.value() / 3;
    const double held = absl::FDivDuration(kLongestHold, now.monotonic - last_read());
    if (held < 1) {
      sample.coverage = held;
      sample.low = sample.low * held;
      sample.high = sample.high * held + meter.most_power * (1 - held);
    }
  }
  return sample;
}

PowerSample MeteredDevice::Unknown(Watts most, Instant now) const {
  const MeterDescription& meter = description();
  const Watts before = last_->power ? *last_->power : last_mean_.value_or(most / 2);
  PowerSample sample{meter.meter, meter.device,  meter.source,
                     last_read(), now.monotonic, std::min(Calibrated(before), most),
                     Watts(0),    most};
  sample.coverage = 0;
  return sample;
}

// A counter that stands still for less than its renewal takes says nothing yet.
bool MeteredDevice::IsNotRenewed(const PowerReading& reading, absl::Duration time) const {
  return reading.counter && reading.counter == last_->counter && !reading.has_restarted &&
         time < 3 * description().lag;
}

std::optional<PowerSample> MeteredDevice::Take(absl::StatusOr<PowerReading> reading, Instant now) {
  is_resting_ = false;
  error_ = reading.status();
  if (reading.ok() && reading->power &&
      (*reading->power < Watts(0) || *reading->power > MostReading(description()))) {
    error_ = Implausible(*reading->power, description());
  }
  if (!error_.ok()) {
    has_missed_ = true;
    return std::nullopt;
  }
  std::optional<PowerSample> sample;
  if (last_) {
    const absl::Duration time = now.monotonic - last_read();
    if (time <= absl::ZeroDuration() || IsNotRenewed(*reading, time)) return std::nullopt;
    const std::optional<Watts> mean = MeanPower(*reading, time);
    const bool has_slept = Suspended(last_at_, now) > absl::ZeroDuration();
    Watts most = description().most_power;
    // What the counter gained is all that can have been drawn, awake or asleep.
    if (has_slept && mean && reading->counter) {
      most = std::min(most, Calibrated(*mean) * (1 + description().relative_band));
    }
    // Nobody guesses at what was drawn while the daemon was down.
    if (mean && !has_slept) {
      if (reading->counter && last_->check_power)
        check_.Add(*mean * time, *last_->check_power, time);
      sample = Known(*mean, *reading, now);
    } else if (!has_resumed_) {
      sample = Unknown(most, now);
    }
    if (mean && !has_slept) last_mean_ = mean;
  }
  last_ = *std::move(reading);
  last_at_ = now;
  has_missed_ = has_given_up_ = has_resumed_ = false;
  return sample;
}

std::optional<PowerSample> MeteredDevice::GiveUp(Instant now) {
  if (!last_ || !has_missed_ || has_resumed_ || now.monotonic <= last_read()) return std::nullopt;
  const PowerSample sample = Unknown(description().most_power, now);
  last_at_ = now;
  has_given_up_ = true;
  return sample;
}

std::optional<std::string> MeteredDevice::position() const {
  if (!last_ || last_->position.empty()) return std::nullopt;
  return has_given_up_ ? "" : last_->position;
}

void MeteredDevice::Rest() {
  if (is_resting_) return;
  meter_->Rest();
  is_resting_ = true;
  last_.reset();
  last_mean_.reset();
  has_missed_ = has_given_up_ = has_resumed_ = false;
}

bool MeteredDevice::ResumeFrom(const std::string& position, absl::Duration then) {
  if (position.empty() || !meter_->ResumeFrom(position, then)) return false;
  last_ = PowerReading{.counter = Joules(0)};
  last_at_ = {
      .monotonic = then, .boottime = absl::InfiniteDuration(), .wall = absl::InfinitePast()};
  has_resumed_ = true;
  return true;
}

}  // namespace powerdown
