#include "server/meter/device_use.h"

#include <algorithm>
#include <vector>

namespace powerdown {
namespace {

// A loop that reported no step for this long, or for three of its steps, is taken to stand still.
constexpr absl::Duration kStill = absl::Seconds(5);

bool IsStepping(const Consumer& consumer, absl::Duration start) {
  return start - consumer.last_step_at < std::max(kStill, consumer.step_period * 3);
}

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

// Nobody is named: the whole use is theirs.
void ShareAmongStepping(const Consumers& consumers, double busy, absl::Duration start,
                        DeviceUse& use) {
  std::vector<std::string> sharers;
  for (const auto& [name, unused] : use.by_consumer) {
    if (IsStepping(consumers.at(name), start)) sharers.push_back(name);
  }
  if (sharers.empty()) {
    for (const auto& [name, unused] : use.by_consumer) sharers.push_back(name);
  }
  for (const std::string& name : sharers) {
    use.by_consumer[name] = std::max(busy, 0.01) / static_cast<double>(sharers.size());
  }
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
    if (!consumer.process_started && found != use.by_pid.end()) {
      consumer.process_started = found->second.started;
    }
  }
}

DeviceUse GpuUse(const Consumers& consumers, const DeviceActivity& activity, absl::Duration start,
                 bool& are_pids_visible) {
  DeviceUse use;
  double named = 0;
  for (const auto& [name, consumer] : consumers) {
    if (!consumer.uses_gpu) continue;
    double& share = use.by_consumer[name];
    const auto found = activity.by_pid.find(consumer.pid);
    if (found == activity.by_pid.end()) continue;
    are_pids_visible = true;
    share = found->second;
    named += share;
  }
  if (are_pids_visible || use.by_consumer.empty()) {
    for (const auto& [pid, share] : activity.by_pid) use.foreign += share;
    use.foreign = std::max(0.0, use.foreign - named);
    return use;
  }
  ShareAmongStepping(consumers, activity.busy, start, use);
  return use;
}

}  // namespace powerdown
