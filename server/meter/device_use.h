// Who used a device in an interval: consumers by CPU time or by the driver's process list. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "common/energy/energy.h"
#include "server/meter/power_meter.h"

namespace powerdown {

// A run's attempt, or whatever else energy is booked to.
struct Consumer {
  int64_t pid = 0;
  absl::Duration added_at;                        // monotonic
  std::optional<absl::Duration> process_started;  // of its process, as first seen
  bool uses_gpu = false;
  absl::Duration unmetered_until;  // monotonic; up to when its GPU was seen to have no meter
  absl::Duration step_period;      // of its training loop; zero while unknown
  absl::Duration last_step_at = -absl::InfiniteDuration();  // monotonic
};
using Consumers = std::map<std::string, Consumer>;

inline bool IsGpu(std::string_view device) {
  return device.starts_with("gpu-");
}
// A meter of the whole box has its GPUs in it.
inline bool MetersGpus(std::string_view device) {
  return IsGpu(device) || device == "system";
}

// Shares of all cores over `time`. A process under a consumer's id that started at another time is
// somebody else's: ids are used again.
DeviceUse CpuUse(const Consumers& consumers, const HostActivity::Use& before,
                 const HostActivity::Use& now, absl::Duration time);
// Remembers when each consumer's process started, from the first use that shows it.
void NoteProcessStarts(const HostActivity::Use& use, Consumers& consumers);

// Shares of a GPU, among the consumers that use one. When the driver names none of them (in a
// container it says the host's process ids), one consumer gets all, and several share equally while
// they make steps; `are_pids_visible` remembers that a consumer was named once, and ends that.
DeviceUse GpuUse(const Consumers& consumers, const DeviceActivity& activity, absl::Duration start,
                 bool& are_pids_visible);

}  // namespace powerdown
