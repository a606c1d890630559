// The meters of this box, best source first, and why each source is or is not used. Not thread-safe
// but for Cancel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/instant.h"
#include "common/energy/units.h"
#include "common/platform/call_thread.h"
#include "server/meter/nvml_search.h"
#include "server/meter/power_meter.h"

namespace powerdown {

struct BoxOptions {
  std::string sysfs_root = "/sys";
  std::string procfs_root = "/proc";
  NvmlSearch nvml;
  std::string powermetrics;  // what a powermetrics writes to; empty: nothing does
  Watts rated_cpu;           // for the estimate; 0: from the number of cores
  int64_t cores = 1;
};

struct BoxMeters {
  std::vector<std::unique_ptr<PowerMeter>> meters;
  std::vector<MeterStatus> statuses;
};

// A Mac as a whole (SMC, IOReport, powermetrics); elsewhere RAPL for the processor and NVML and
// hwmon for the GPUs. Where none of these can be read: a sensor of the whole machine; else the
// estimate stands for the processor. Each driver is asked on a thread of its own, on which its
// meters are read afterwards: while one hangs, it is not asked again. Find waits for them.
class BoxSearch {
 public:
  explicit BoxSearch(BoxOptions options);
  // The meters that were not found before, and what is known of all sources now. Drivers that gave
  // a meter before are asked again only if `asks_all`, as that may wake a device.
  BoxMeters Find(Instant now, bool asks_all = false);
  // Find returns at once, now and later.
  void Cancel();

 private:
  struct Driver {
    std::string what;
    MeterDescription missing;  // what is told of it where it hangs
    std::shared_ptr<CallThread> thread;
    std::vector<MeterStatus> statuses;
    bool has_meters = false;
  };
  using Finder = std::function<absl::StatusOr<BoxMeters>()>;
  void Ask(Driver& driver, bool asks_all, Finder find, BoxMeters& box);
  void FindParts(Instant now, bool asks_all, BoxMeters& box);
  void AddEstimate(BoxMeters& box);

  const BoxOptions options_;
  Driver mac_;
  Driver rapl_;
  Driver nvml_;
  Driver hwmon_;   // of GPUs
  Driver system_;  // hwmon of the whole machine
  std::optional<MeterStatus> estimate_;
  std::set<std::string> devices_;  // that were found
};

}  // namespace powerdown
