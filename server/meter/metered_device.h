// One meter's readings as samples of mean power. Differences counters, holds powers until the next
// reading, and tells a failed read, a restarted counter, one that stands still, a suspended box and
// an implausible value apart. Pure but for the meter; not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/energy/energy.h"
#include "server/meter/counter_check.h"
#include "server/meter/counter_watch.h"
#include "server/meter/plausible_power.h"
#include "server/meter/power_meter.h"

namespace powerdown {

// From what a sensor says to what a plug meter showed: true = gain x sensor + offset.
struct Calibration {
  double gain = 1;
  Watts offset;
  double relative_band = 0.03;  // replaces the meter's
};

// How much boottime may run ahead of monotonic time between two readings before the box is taken to
// have been suspended: more than one reading of both clocks can be apart.
inline constexpr absl::Duration kSuspendThreshold = absl::Milliseconds(100);

class MeteredDevice {
 public:
  explicit MeteredDevice(std::unique_ptr<PowerMeter> meter)
      : meter_(std::move(meter)), description_(meter_->description()), plausible_(description_) {}

  // Reads once. The sample covers the time since the previous good reading; none after the first
  // good reading, while a counter waits to be renewed, and after a failed read, which changes
  // nothing: the next good one covers it.
  //
  // What a reading cannot tell (a restarted counter, a missed power, a suspended box, a value that
  // is not plausible) becomes a sample of coverage 0: the earlier power as the best guess, 0 to the
  // most as its band. A counter that stands still, and a power of 0, are failed reads, as nothing
  // that answers draws nothing; where the device tells its power too, that takes the counter's
  // place.
  std::optional<PowerSample> Read(Instant now) { return Take(meter_->Read(now), now); }
  // The same of what meter() was read to, which may take a while, at `now`.
  std::optional<PowerSample> Take(absl::StatusOr<PowerReading> reading, Instant now);
  PowerMeter& meter() { return *meter_; }
  // Ends a gap that may never be closed, or the wait for a slow counter, so that who was active in
  // it can be booked. Nullopt if nothing is open.
  std::optional<PowerSample> GiveUp(Instant now);
  // What is drawn since the last reading while none comes, as it would be booked now; nullopt if
  // nothing is open. Changes nothing.
  std::optional<PowerSample> Open(Instant now) const;
  bool knows_power() const { return last_ && (last_->power || last_mean_); }
  // What nobody measured: coverage 0, 0 to the device's most as its band.
  PowerSample Gap(absl::Duration start, absl::Duration end, std::optional<Watts> guess) const;
  // Lets go of the device; the time until the next Read belongs to nobody.
  void Rest();

  // The first sample begins at `then` (monotonic), where the counter stood at `position`. False if
  // that is unknown (empty), or the meter cannot go on from there.
  bool ResumeFrom(const std::string& position, absl::Duration then);
  void Calibrate(std::optional<Calibration> calibration) { calibration_ = calibration; }
  Watts Uncalibrated(Watts power) const;

  // The meter's, with the limit and the lag that were learned since.
  const MeterDescription& description() const { return description_; }
  const PowerReading* last() const { return last_ ? &*last_ : nullptr; }
  absl::Duration last_read() const { return last_at_.monotonic; }
  // Where the counter stood at last_read(), for ResumeFrom. Nullopt for a meter that has none;
  // empty where nobody knows: after a gap that was given up, the last reading is from before it.
  std::optional<std::string> position() const;
  // The device's own power over its own counter, when they disagree; the band covers both.
  std::optional<double> disagreement() const { return check_.disagreement(); }
  // Why the last read failed, or was rejected; ok if it was good.
  const absl::Status& error() const { return error_; }
  // Why what the meter says is not believed as it is, though samples go on; ok if it is.
  const absl::Status& doubt() const { return doubt_; }

 private:
  // What the device's own power readings add up to since the last sample.
  struct Checked {
    Joules energy;
    double variance = 0;  // as in PowerSample
    Watts power;          // the latest
    absl::Duration until;
    bool is_whole = false;  // they cover all of the time
  };

  std::optional<PowerSample> Miss(absl::Status error);
  std::optional<PowerSample> Close(PowerReading reading, Instant now);
  // Why the reading's power is not believed.
  absl::Status JudgePower(const PowerReading& reading, Instant now);
  CounterWatch::State WatchCounter(const PowerReading& reading, Instant now);
  void AddCheck(const PowerReading& reading, absl::Duration now);
  bool HasCheck(absl::Duration now) const;
  // What the time since the last reading drew, in the sensor's own watts; nullopt if unknown.
  std::optional<Watts> MeanPower(const PowerReading& reading, Instant now);
  PowerSample Known(Watts power, const PowerReading& reading, Instant now);
  PowerSample KnownByCheck(Instant now) const;
  PowerSample Banded(Watts power, Instant now) const;
  void AddMissing(const PowerReading::Missing& missing, PowerSample& sample) const;
  PowerSample Unknown(Watts most, Instant now) const;
  Watts Calibrated(Watts power) const;

  const std::unique_ptr<PowerMeter> meter_;
  MeterDescription description_;
  PlausiblePower plausible_;
  std::optional<Calibration> calibration_;
  CounterWatch watch_;
  CounterCheck check_;
  Checked checked_;
  std::optional<PowerReading> last_;
  Instant last_at_;
  std::optional<Watts> last_mean_;  // of the last known sample, in the sensor's own watts
  // A mean that was not believed, of the sample being made: as much may have been drawn.
  std::optional<Watts> doubtful_;
  // The counter stood still: it is not believed before then, as its next differences may not tell
  // all. Monotonic.
  absl::Duration trusted_at_ = -absl::InfiniteDuration();
  bool has_missed_ = false;
  bool has_stood_ = false;  // too long, and nothing was booked of it
  bool is_waiting_ = false;
  bool has_restarted_ = false;  // at a reading since the last sample
  bool has_given_up_ = false;
  bool has_resumed_ = false;  // and nothing was read since
  bool is_resting_ = false;
  absl::Status error_;
  absl::Status doubt_;
};

}  // namespace powerdown
