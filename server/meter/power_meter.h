// The hardware seam: sources of power readings, and of what processes use.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/instant.h"
#include "common/units.h"

namespace powerdown {

// Raw. A meter fills exactly one of the two: a counter is differenced by the sampler, a power is
// held until the next reading.
struct PowerReading {
  std::optional<Joules> counter;  // cumulative, wraps already corrected
  std::optional<Watts> power;     // instantaneous or averaged by the device
  // The counter began anew since the previous reading (driver reload): what was drawn in between is
  // unknown, and is neither a negative nor a wrapped difference.
  bool has_restarted = false;
};

struct MeterDescription {
  std::string meter;           // "estimate", "nvml", "rapl"
  std::string device;          // "cpu", "gpu-<uuid>", "system"
  std::string source;          // as in EnergyFigure::source
  double relative_band = 0.4;  // half-width of the band around a reading
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
  struct Use {
    absl::Duration busy;                       // all processes, all cores, since boot
    std::map<int64_t, absl::Duration> by_pid;  // those asked for and alive, since their start
    int64_t cores = 1;
  };
  virtual absl::StatusOr<Use> Read(const std::vector<int64_t>& pids) = 0;
};

}  // namespace powerdown
