// A box that draws power: what its processors really used, and the sensors that tell of it, with
// their faults. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/meter/power_meter.h"
#include "tests/support/simulation/random.h"

namespace powerdown {

// What a meter can be expected to have told about its device by a moment of one boot.
struct MeteredTruth {
  Joules known;  // between two good readings
  Joules gap;    // at most so much more was booked where nothing could be read
};

// One device with an energy counter that goes on while the daemon is away. Survives the daemon;
// the daemon's meters are views of it.
class SimulatedDevice {
 public:
  SimulatedDevice(std::string name, Watts most_power);
  const MeterDescription& description() const { return description_; }
  void Draw(Joules energy) { counter_ += energy; }
  void StartAgain();  // the box boots

  // A daemon starts that finds what was booked of this boot up to `stored`; nothing: nullopt. If it
  // does not resume, its first reading is a beginning: what was drawn before it is nobody's.
  void BeginAfter(std::optional<absl::Duration> stored);
  absl::StatusOr<PowerReading> Read(Instant now);
  bool ResumeFrom(const std::string& position, absl::Duration then);
  // What was to be booked up to the moment that a position of this boot was stored for.
  MeteredTruth TruthAt(absl::Duration read_at) const;

  bool is_failing = false;
  bool restarts_next = false;  // the driver is loaded again: its counter begins anew

 private:
  struct Reading {
    Joules counter;
    MeteredTruth truth;
    absl::Duration slept;  // boottime - monotonic
  };
  MeterDescription description_;
  Joules counter_;  // since the box started
  Joules resumed_;  // where the counter stood that this reader goes on from
  bool has_reader_ = false;
  bool has_gap_ = false;  // a reading failed since the last good one: the sampler may have guessed
  std::map<absl::Duration, Reading> readings_;  // good ones of this boot, and ends of stored gaps
};

class SimulatedBox {
 public:
  SimulatedBox();
  // Advances by `time`, in which our processes used so much of the processor, and others `foreign`.
  void Draw(absl::Duration time, const std::map<int64_t, double>& use_by_pid, double foreign);
  void StartAgain();  // the box boots
  std::vector<std::unique_ptr<PowerMeter>> Meters();
  std::unique_ptr<HostActivity> Activity();
  std::map<std::string, SimulatedDevice>& devices() { return devices_; }

  bool is_activity_failing = false;

 private:
  class Meter;
  class ActivityOfBox;
  std::map<std::string, SimulatedDevice> devices_;
  absl::Duration busy_;
  std::map<int64_t, HostActivity::Process> processes_;
};

}  // namespace powerdown
