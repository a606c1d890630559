// Which GPUs of a box can be metered through NVML, and why the others cannot. No threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/instant.h"
#include "server/meter/power_meter.h"

namespace powerdown {

struct NvmlSearch {
  std::string library = "libnvidia-ml.so.1";
  std::optional<std::string> visible_devices;  // CUDA_VISIBLE_DEVICES: indices or UUIDs
  std::string device_order;                    // CUDA_DEVICE_ORDER
};
// As this process's environment asks for.
NvmlSearch NvmlSearchOf(std::string library);

// The meters of the visible GPUs. `statuses` gets one line a device, and one when there is no NVML.
// Opens NVML and closes it again.
//
// CUDA counts the fastest GPU first unless CUDA_DEVICE_ORDER is PCI_BUS_ID, NVML by bus: where that
// can differ (an index in a box of different models), all are metered and the status says so.
std::vector<std::unique_ptr<PowerMeter>> FindNvmlMeters(const NvmlSearch& search, Instant now,
                                                        std::vector<MeterStatus>* statuses);

}  // namespace powerdown
