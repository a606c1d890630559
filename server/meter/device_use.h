// Who used a processor in an interval: consumers by CPU time. Pure. GPUs are in gpu_use.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "common/energy/energy.h"
#include "server/meter/power_meter.h"

namespace powerdown {

// A run's attempt, or whatever else energy is booked to.
struct Consumer {
  int64_t pid = 0;
  bool leads_tree = false;    // what descends from its process is the consumer too
  std::set<int64_t> members;  // of the tree, as last seen; without `pid`
  absl::Duration added_at;    // monotonic
  std::optional<absl::Duration> process_started;  // of its process, as first seen
  bool wants_gpu = false;  // it was asked to train on one, and has not said yet where it trains
  bool uses_gpu = false;   // it has said so
  bool Has(int64_t id) const { return id == pid || members.contains(id); }
  std::string gpu;  // the GPU's device ("gpu-<uuid>"), once that is known
  absl::Duration said_at = -absl::InfiniteDuration();  // monotonic; when it said where it trains
  absl::Duration unmetered_until;  // monotonic; up to when its GPU was seen to have no meter
  absl::Duration step_period;      // of its training loop; zero while unknown
  absl::Duration last_step_at = -absl::InfiniteDuration();  // monotonic
};
using Consumers = std::map<std::string, Consumer>;

// Of a device.
inline bool IsGpu(std::string_view device) {
  return device.starts_with("gpu-");
}

// Shares of all cores over `time`. A process under a consumer's id that started at another time is
// somebody else's: ids are used again.
DeviceUse CpuUse(const Consumers& consumers, const HostActivity::Use& before,
                 const HostActivity::Use& now, absl::Duration time);
// Remembers when each consumer's process started, from the first use that shows it, and who is in
// its tree.
void NoteProcessStarts(const HostActivity::Use& use, Consumers& consumers);

}  // namespace powerdown
