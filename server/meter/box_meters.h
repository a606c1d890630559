// The meters of this box, best source first, and why each source is or is not used. No threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/instant.h"
#include "common/energy/units.h"
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

// A Mac as a whole (SMC, IOReport, powermetrics); elsewhere RAPL for the processor, else the
// estimate, and NVML for the GPUs.
BoxMeters FindBoxMeters(const BoxOptions& options, Instant now);

}  // namespace powerdown
