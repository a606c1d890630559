#include "server/meter/device_use.h"

#include <algorithm>

namespace powerdown {
namespace {

absl::Duration UsedBy(const Consumer& consumer, const HostActivity::Use& before,
                      const HostActivity::Use& now) {
  const auto found = now.by_pid.find(consumer.pid);
  if (found == now.by_pid.end() || consumer.process_started != found->second.started) {
    return absl::ZeroDuration();
  }
  const auto earlier = before.by_pid.find(consumer.pid);
  const bool is_same =
      earlier != before.by_pid.end() && earlier->second.started == found->second.started;
  const absl::Duration used =
      found->second.used - (is_same ? earlier->second.used : absl::ZeroDuration());
  return std::max(used, absl::ZeroDuration());
}

}  // namespace

DeviceUse CpuUse(const Consumers& consumers, const HostActivity::Use& before,
                 const HostActivity::Use& now, absl::Duration time) {
  const absl::Duration capacity = time * static_cast<double>(std::max<int64_t>(1, now.cores));
  DeviceUse use;
  absl::Duration ours;
  for (const auto& [name, consumer] : consumers) {
    const absl::Duration used = UsedBy(consumer, before, now);
    ours += used;
    use.by_consumer[name] = absl::FDivDuration(used, capacity);
  }
  use.foreign = std::max(0.0, absl::FDivDuration(now.busy - before.busy - ours, capacity));
  return use;
}

void NoteProcessStarts(const HostActivity::Use& use, Consumers& consumers) {
  for (auto& [name, consumer] : consumers) {
    const auto found = use.by_pid.find(consumer.pid);
    if (found == use.by_pid.end()) continue;
    if (!consumer.process_started) consumer.process_started = found->second.started;
    consumer.members = {found->second.members.begin(), found->second.members.end()};
  }
}

}  // namespace powerdown
