// The hardware seam: sources of power readings, and of the device use of processes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/instant.h"
#include "common/energy/units.h"

namespace powerdown {

// What processes use of a device with processes of its own (a GPU), as shares of its capacity.
struct DeviceActivity {
  double busy = 0;                   // all processes together
  std::map<int64_t, double> by_pid;  // those that the driver names; in a container the host's ids
  bool has_processes = false;        // somebody holds the device open, busy or not
  std::optional<int64_t> contexts;   // how many do; absent where the driver does not tell
  std::vector<int64_t> holders;      // their ids, as far as the driver tells them
  bool is_use_known = true;          // false: `busy` is 0 because nobody tells it
  bool is_partitioned = false;       // MIG: its parts draw from one board, and tell no use
};

// Raw. A meter fills exactly one of counter and power: a counter is differenced, a power is held
// until the next reading.
struct PowerReading {
  std::optional<Joules> counter;  // cumulative, wraps already corrected
  std::optional<Watts> power;     // instantaneous or averaged by the device
  // The counter began anew since the previous reading (driver reload): what was drawn in between is
  // unknown, and is neither a negative nor a wrapped difference.
  bool has_restarted = false;
  // How long before the read the device took `power`; zero if it does not say.
  absl::Duration age;
  // A second opinion from the same device, to check a counter against, and to use in its place
  // while it is not believed.
  std::optional<Watts> check_power;
  // Some of the parts that the counter adds up have not been renewed yet: wait for the next.
  bool is_pending = false;
  // Parts of the device that the counter could not count since the previous reading.
  struct Missing {
    double share = 0;  // of the device's parts
    Watts most;        // that they can draw
    std::string reason;
  };
  std::optional<Missing> missing;
  // The device's own limit as it is now, where it tells; replaces the description's most_power.
  std::optional<Watts> limit;
  std::optional<DeviceActivity> activity;  // absent where CPU time tells who used the device
  std::string position;  // where the counter stands, in the meter's own words; for ResumeFrom
};

struct MeterDescription {
  std::string meter;           // "estimate", "nvml", "rapl"
  std::string device;          // "cpu", "gpu-<uuid>", "system"
  std::string source;          // as in EnergyFigure::source
  std::string check_source;    // of its check_power
  double relative_band = 0.4;  // half-width of the band around a reading
  // By how much units of one model differ, where somebody measured it; replaces relative_band. Gain
  // and offset are independent, so their parts of the band add up as squares.
  struct Spread {
    double below = 0;  // of the reading, by the gain
    double above = 0;
    Watts offset_below;
    Watts offset_above;
  };
  std::optional<Spread> spread;
  // More than this the device does not draw for long: it bounds gaps and what a sensor misses.
  Watts most_power = Watts(2000);
  // Readings above this many times it are rejected: boards overshoot their limit for milliseconds.
  double overshoot = 1;
  // Up to this most_power may be exceeded for long, once that was seen again and again; 0: it is
  // not.
  Watts ceiling;
  bool is_limit_known = true;  // most_power is the device's own word
  // How far a reading lags behind the load: a counter's refresh, an average's window.
  absl::Duration lag;
  // What a part-time sensor sees: `sensor_window` of every `sensor_period`; zero: all of the time.
  absl::Duration sensor_window;
  absl::Duration sensor_period;
  // Reading it costs power (an open handle keeps a GPU awake): read only while somebody needs it.
  bool is_woken_by_reading = false;
};

// One device's source of power. Not thread-safe; the sampler owns it.
class PowerMeter {
 public:
  virtual ~PowerMeter() = default;
  virtual const MeterDescription& description() const = 0;
  // Unavailable when the device cannot be read now; the next read may succeed.
  virtual absl::StatusOr<PowerReading> Read(Instant now) = 0;
  // Nobody needs readings for now: let go of what keeps the device awake. The next Read goes on.
  virtual void Rest() {}
  // Goes on from where the counter stood at `then` (monotonic, of this boot), so that the first
  // Read tells what was drawn since. Call before it. False if that cannot be.
  virtual bool ResumeFrom(const std::string&, absl::Duration) { return false; }
};

// What `power meters` says of each source that was looked for.
struct MeterStatus {
  MeterDescription description;
  bool is_used = false;
  std::string reason;
  std::string remedy;  // the exact thing to do, or empty
};

// CPU time of processes and of the whole machine. Not thread-safe.
class HostActivity {
 public:
  virtual ~HostActivity() = default;
  struct Process {
    absl::Duration used;     // since its start; of one that leads a tree: of all of the tree
    absl::Duration started;  // after boot: tells a process from a later one with the same id
    std::vector<int64_t> members = {};  // of a tree: who is in it now, the leader too
  };
  struct Use {
    absl::Duration busy;                // all processes, all cores, since boot
    std::map<int64_t, Process> by_pid;  // those asked for and alive
    int64_t cores = 1;
  };
  // From now on these stand for themselves and all that descends from them, also for what has
  // ended.
  virtual void SetTrees(const std::set<int64_t>& /*leaders*/) {}
  virtual absl::StatusOr<Use> Read(const std::vector<int64_t>& pids) = 0;
};

}  // namespace powerdown
