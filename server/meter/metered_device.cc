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

// A counter that is renewed less often than this is slow: no driver's usual 20 to 100 ms.
constexpr absl::Duration kSlow = absl::Milliseconds(500);
// A gap is guessed from about so long before it: the last reading alone may have seen it begin.
constexpr absl::Duration kGuessedFrom = absl::Seconds(1);
// A counter that stood still is believed again after it has moved for so long.
constexpr absl::Duration kTrustAgain = absl::Seconds(10);

absl::Status Implausible(Watts power, const MeterDescription& meter, Watts most) {
  return absl::OutOfRangeError(
      absl::StrFormat("rejected a reading of %.0f W: %s never uses more than %.0f W", power.value(),
                      meter.device, most.value()));
}

absl::Status StoodStill(absl::Duration since, Instant now) {
  return absl::UnavailableError(
      absl::StrFormat("its energy counter answers, but has stood still for %.0f s",
                      absl::ToDoubleSeconds(now.monotonic - since)));
}

}  // namespace

Watts MeteredDevice::Calibrated(Watts power) const {
  if (!calibration_) return power;
  return std::max(power * calibration_->gain + calibration_->offset, Watts(0));
}

Watts MeteredDevice::Uncalibrated(Watts power) const {
  return calibration_ ? (power - calibration_->offset) / calibration_->gain : power;
}

std::optional<Watts> MeteredDevice::MeanPower(const PowerReading& reading, Instant now) {
  const absl::Duration time = now.monotonic - last_read();
  if (has_restarted_ || has_given_up_) return std::nullopt;
  if (reading.counter && last_->counter) {
    if (has_stood_) return std::nullopt;
    const Watts mean = (*reading.counter - *last_->counter) / time;
    // The first renewal of a slow counter also tells of the time before the first reading.
    if (is_waiting_ && time > kSlow && !watch_.has_settled()) {
      doubtful_ = mean;
      return std::nullopt;
    }
    // A counter that is renewed now and then may tell of a little more than the time.
    const double late = absl::FDivDuration(description().lag, time);
    const auto verdict = plausible_.Judge(
        mean / (1 + late), reading.activity ? std::optional(reading.activity->busy) : std::nullopt,
        now.monotonic);
    if (verdict == PlausiblePower::Verdict::kPlausible) return mean;
    if (verdict == PlausiblePower::Verdict::kDoubtful) doubtful_ = mean;
    error_ = Implausible(mean, description(), plausible_.most());
    return std::nullopt;
  }
  if (!reading.power || !last_->power || has_missed_) return std::nullopt;
  const double age =
      std::clamp(absl::FDivDuration(reading.age, time), 0.0, 1.0);  // the new power since then
  return *last_->power * (1 - age) + *reading.power * age;
}

PowerSample MeteredDevice::Banded(Watts power, Instant now) const {
  const MeterDescription& meter = description();
  const double band = calibration_ ? calibration_->relative_band : meter.relative_band;
  const auto spread = calibration_ || !meter.spread
                          ? MeterDescription::Spread{band, band, Watts(0), Watts(0)}
                          : *meter.spread;
  const Watts calibrated = Calibrated(power);
  const double watts = calibrated.value();
  const Watts below(std::hypot(watts * spread.below, spread.offset_below.value()));
  const Watts above(std::hypot(watts * spread.above, spread.offset_above.value()));
  return {meter.meter,
          meter.device,
          meter.source,
          last_read(),
          now.monotonic,
          calibrated,
          std::max(calibrated - below, Watts(0)),
          calibrated + above};
}

// What the parts that were not counted drew is guessed from those that were.
void MeteredDevice::AddMissing(const PowerReading::Missing& missing, PowerSample& sample) const {
  const double share = std::clamp(missing.share, 0.0, 0.99);
  sample.power += std::min(sample.power * (share / (1 - share)), missing.most);
  sample.high += missing.most;
  sample.coverage *= 1 - share;
}

PowerSample MeteredDevice::Known(Watts power, const PowerReading& reading, Instant now) {
  const MeterDescription& meter = description();
  PowerSample sample = Banded(power, now);
  const absl::Duration time = now.monotonic - last_read();
  if (const auto apart = check_.disagreement()) {
    sample.low = std::min(sample.low, sample.low * *apart);
    sample.high = std::max(sample.high, sample.high * *apart);
  }
  if (const auto owed = check_.TakeOwed()) {
    (*owed > Joules(0) ? sample.high : sample.low) += *owed / time;
  }
  if (reading.missing) AddMissing(*reading.missing, sample);
  if (reading.power && last_->power) {
    // The power may have changed anywhere between the readings: uniform, so a third of the square.
    const Joules change = (*reading.power - *last_->power) * time;
    sample.variance = change.value() * change.value() / 3;
    const double held = absl::FDivDuration(kLongestHold, time);
    if (held < 1) {
      sample.coverage = held;
      sample.low = sample.low * held;
      sample.high = sample.high * held + meter.most_power * (1 - held);
    }
  }
  return sample;
}

PowerSample MeteredDevice::KnownByCheck(Instant now) const {
  PowerSample sample = Banded(checked_.energy / (now.monotonic - last_read()), now);
  if (!description().check_source.empty()) sample.source = description().check_source;
  sample.variance = checked_.variance;
  return sample;
}

PowerSample MeteredDevice::Gap(absl::Duration start, absl::Duration end,
                               std::optional<Watts> guess) const {
  const MeterDescription& meter = description();
  const Watts most = meter.most_power;
  PowerSample sample{meter.meter, meter.device, meter.source,
                     start,       end,          std::min(guess.value_or(most / 2), most),
                     Watts(0),    most};
  sample.coverage = 0;
  return sample;
}

PowerSample MeteredDevice::Unknown(Watts most, Instant now) const {
  const Watts before =
      last_->power ? *last_->power : last_mean_.value_or(doubtful_.value_or(most / 2));
  PowerSample sample = Gap(last_read(), now.monotonic, std::nullopt);
  sample.power = std::min(Calibrated(before), most);
  sample.high = most;
  return sample;
}

void MeteredDevice::AddCheck(const PowerReading& reading, absl::Duration now) {
  if (!reading.counter) return;
  const bool is_told = reading.check_power && *reading.check_power > Watts(0) &&
                       *reading.check_power <= plausible_.ceiling();
  const absl::Duration time = now - checked_.until;
  if (!is_told || time > kLongestHold) {
    checked_.is_whole = false;
  } else {
    const Joules change = (*reading.check_power - checked_.power) * time;
    checked_.energy += checked_.power * time;
    checked_.variance += change.value() * change.value() / 3;
  }
  checked_.until = now;
  checked_.power = is_told ? *reading.check_power : Watts(0);
}

bool MeteredDevice::HasCheck(absl::Duration now) const {
  return checked_.is_whole && checked_.until == now && checked_.energy > Joules(0);
}

absl::Status MeteredDevice::JudgePower(const PowerReading& reading, Instant now) {
  if (!reading.power) return absl::OkStatus();
  if (*reading.power == Watts(0)) {
    return absl::UnavailableError("it says 0 W, and nothing that answers draws nothing");
  }
  const auto busy = reading.activity ? std::optional(reading.activity->busy) : std::nullopt;
  if (plausible_.Judge(*reading.power, busy, now.monotonic) ==
      PlausiblePower::Verdict::kPlausible) {
    return absl::OkStatus();
  }
  return Implausible(*reading.power, description(), plausible_.most());
}

// Doubts a counter that stands still, and for a while after it moves again.
CounterWatch::State MeteredDevice::WatchCounter(const PowerReading& reading, Instant now) {
  if (!reading.counter || reading.has_restarted) return CounterWatch::State::kMoved;
  const CounterWatch::State state = watch_.Observe(*reading.counter, now.monotonic);
  if (state == CounterWatch::State::kStuck) {
    trusted_at_ = absl::InfiniteDuration();
    doubt_ = StoodStill(watch_.changed_at(), now);
  } else if (state == CounterWatch::State::kMoved && trusted_at_ == absl::InfiniteDuration()) {
    trusted_at_ = now.monotonic + kTrustAgain;
  }
  if (now.monotonic >= trusted_at_) doubt_ = absl::OkStatus();
  return state;
}

std::optional<PowerSample> MeteredDevice::Miss(absl::Status error) {
  error_ = std::move(error);
  has_missed_ = true;
  return std::nullopt;
}

std::optional<PowerSample> MeteredDevice::Take(absl::StatusOr<PowerReading> reading, Instant now) {
  is_resting_ = false;
  if (!reading.ok()) return Miss(reading.status());
  if (reading->limit) plausible_.SetLimit(*reading->limit);
  if (absl::Status bad = JudgePower(*reading, now); !bad.ok()) return Miss(std::move(bad));
  error_ = absl::OkStatus();
  const CounterWatch::State state = WatchCounter(*reading, now);
  AddCheck(*reading, now.monotonic);
  description_.most_power = plausible_.most();
  if (!last_) return Close(*std::move(reading), now);
  if (now.monotonic <= last_read()) return std::nullopt;
  const bool is_doubted = now.monotonic < trusted_at_;
  if (is_doubted && HasCheck(now.monotonic) && !has_given_up_) {
    return Close(*std::move(reading), now);
  }
  if (state == CounterWatch::State::kStuck) {
    has_stood_ = true;
    return Miss(doubt_);
  }
  has_restarted_ |= reading->has_restarted;
  if (state == CounterWatch::State::kWaiting || reading->is_pending) {
    is_waiting_ = true;
    return std::nullopt;
  }
  if (is_doubted) {  // only its power could bridge the time
    trusted_at_ = now.monotonic;
    doubt_ = absl::OkStatus();
  }
  return Close(*std::move(reading), now);
}

// The reading ends a sample, unless it is the first, and begins the next.
std::optional<PowerSample> MeteredDevice::Close(PowerReading reading, Instant now) {
  std::optional<PowerSample> sample;
  if (last_) {
    const absl::Duration time = now.monotonic - last_read();
    const bool is_checked = HasCheck(now.monotonic);
    const bool is_doubted = now.monotonic < trusted_at_;
    doubtful_.reset();
    const std::optional<Watts> mean = is_doubted ? std::nullopt : MeanPower(reading, now);
    description_.most_power = plausible_.most();
    const bool has_slept = Suspended(last_at_, now) > absl::ZeroDuration();
    Watts most = std::max(description().most_power, doubtful_.value_or(Watts(0)));
    // What the counter gained is all that can have been drawn, awake or asleep.
    if (has_slept && mean && reading.counter) {
      most = std::min(most, Calibrated(*mean) * (1 + description().relative_band));
    }
    // Nobody guesses at what was drawn while the daemon was down.
    if (mean && !has_slept) {
      if (is_checked) check_.Add(*mean * time, checked_.energy, checked_.power, time);
      sample = Known(*mean, reading, now);
    } else if (is_checked && !has_slept && !has_given_up_) {
      sample = KnownByCheck(now);
    } else if (!has_resumed_) {
      sample = Unknown(most, now);
    }
    if (mean && !has_slept) {
      const double newest = 1 - std::exp(-absl::FDivDuration(time, kGuessedFrom));
      const Watts before = last_mean_.value_or(Watts(0));
      last_mean_ = last_mean_ ? before * (1 - newest) + mean.value_or(before) * newest : mean;
      if (is_waiting_) description_.lag = std::max(description_.lag, time);
    }
  }
  if (reading.missing) doubt_ = absl::UnavailableError(reading.missing->reason);
  if (!reading.missing && now.monotonic >= trusted_at_) doubt_ = absl::OkStatus();
  checked_ = {.power = checked_.power, .until = checked_.until, .is_whole = true};
  checked_.is_whole = checked_.power > Watts(0) && checked_.until == now.monotonic;
  last_ = std::move(reading);
  last_at_ = now;
  has_missed_ = has_given_up_ = has_resumed_ = has_stood_ = is_waiting_ = has_restarted_ = false;
  return sample;
}

std::optional<PowerSample> MeteredDevice::Open(Instant now) const {
  if (!last_ || has_resumed_ || now.monotonic <= last_read()) return std::nullopt;
  return HasCheck(now.monotonic) ? KnownByCheck(now) : Unknown(description().most_power, now);
}

std::optional<PowerSample> MeteredDevice::GiveUp(Instant now) {
  // A counter's usual renewal is no gap: the next one covers it.
  const bool waits = is_waiting_ && now.monotonic - last_read() > 3 * meter_->description().lag;
  if (!has_missed_ && !waits) return std::nullopt;
  const std::optional<PowerSample> sample = Open(now);
  if (!sample) return std::nullopt;
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
  watch_ = CounterWatch();
  checked_ = Checked();
  trusted_at_ = -absl::InfiniteDuration();
  doubt_ = absl::OkStatus();
  has_missed_ = has_stood_ = is_waiting_ = has_restarted_ = has_given_up_ = has_resumed_ = false;
}

bool MeteredDevice::ResumeFrom(const std::string& position, absl::Duration then) {
  if (position.empty() || !meter_->ResumeFrom(position, then)) return false;
  last_ = PowerReading{.counter = Joules(0)};
  watch_.Observe(Joules(0), then);
  last_at_ = {
      .monotonic = then, .boottime = absl::InfiniteDuration(), .wall = absl::InfinitePast()};
  has_resumed_ = true;
  return true;
}

}  // namespace powerdown
