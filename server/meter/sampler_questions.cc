// What others ask of the sampler.
#include <algorithm>

#include "server/meter/sampler.h"

namespace powerdown {

const Sampler::Source* Sampler::Find(const std::string& device) const {
  for (const Source& source : sources_) {
    if (source.device.description().device == device) return &source;
  }
  return nullptr;
}

Sampler::Source* Sampler::Find(const std::string& device) {
  for (Source& source : sources_) {
    if (source.device.description().device == device) return &source;
  }
  return nullptr;
}

std::optional<Standing> Sampler::StandingAt(const std::string& consumer, absl::Duration at) const {
  HotLock lock(&mutex_);
  return standings_.At(consumer, at);
}

std::optional<Baseline> Sampler::BaselineOf(const std::string& device, RestLevel level) const {
  const auto found = baselines_.find({device, level});
  if (found == baselines_.end()) return std::nullopt;
  return found->second;
}

std::optional<Baseline> Sampler::baseline(const std::string& device, RestLevel level) const {
  HotLock lock(&mutex_);
  return BaselineOf(device, level);
}

std::optional<Baseline> Sampler::baseline(const std::string& device) const {
  HotLock lock(&mutex_);
  const std::optional<Baseline> deep = BaselineOf(device, RestLevel::kDeep);
  return deep ? deep : BaselineOf(device, RestLevel::kContextOpen);
}

std::string Sampler::baseline_obstacle(const std::string& device) const {
  HotLock lock(&mutex_);
  const Source* source = Find(device);
  if (source == nullptr) return "no meter of this device is read";
  if (!source->device.error().ok()) return std::string(source->device.error().message());
  return source->obstacle;
}

void Sampler::RestoreBaseline(const std::string& device, const Baseline& baseline) {
  HotLock lock(&mutex_);
  baselines_[{device, RestLevel::kDeep}] = baseline;
}

bool Sampler::Resume(const Position& position) {
  MeteredDevice* device = nullptr;
  {
    HotLock lock(&mutex_);
    Source* source = Find(position.device);
    if (source != nullptr) device = &source->device;
  }
  // Without the mutex, as the driver is asked: before the first tick nobody else has the device.
  return device != nullptr && device->ResumeFrom(position.text, position.read_at);
}

void Sampler::Calibrate(const std::string& device, const Calibration& calibration) {
  HotLock lock(&mutex_);
  Source* const source = Find(device);
  // The levels may have been measured with a meter that is gone; they do not narrow the band of the
  // estimate that replaces it.
  if (source == nullptr || source->device.description().source == kEstimateSource) return;
  source->device.Calibrate(calibration);
}

void Sampler::Uncalibrate(const std::string& device) {
  HotLock lock(&mutex_);
  if (Source* source = Find(device)) source->device.Calibrate(std::nullopt);
}

absl::StatusOr<Watts> Sampler::SensorPower(const std::string& device, absl::Duration since) const {
  HotLock lock(&mutex_);
  const Source* source = Find(device);
  if (source == nullptr) return absl::NotFoundError("device " + device + " is not metered");
  if (source->device.description().source == kEstimateSource) {
    return absl::FailedPreconditionError("the power of " + device +
                                         " is an estimate: there is no sensor to calibrate");
  }
  Joules energy;
  absl::Duration time;
  for (const PowerSample& sample : recent_) {
    if (sample.device != device || sample.start < since || sample.coverage < 1) continue;
    energy += source->device.Uncalibrated(sample.power) * (sample.end - sample.start);
    time += sample.end - sample.start;
  }
  if (time <= absl::ZeroDuration()) {
    return absl::UnavailableError("device " + device + " was not measured in the last seconds");
  }
  return energy / time;
}

// As found at the start, with what became of each since.
std::vector<MeterStatus> Sampler::Meters() const {
  HotLock lock(&mutex_);
  std::vector<MeterStatus> statuses = statuses_;
  for (MeterStatus& status : statuses) {
    const Source* source = status.is_used ? Find(status.description.device) : nullptr;
    if (source == nullptr) continue;
    if (!source->device.error().ok()) {
      status.reason += "; last read failed: " + std::string(source->device.error().message());
    }
    if (source->device.error().ok() && !source->device.doubt().ok()) {
      status.reason += "; warning: " + std::string(source->device.doubt().message());
    }
    if (const auto apart = source->device.disagreement()) {
      status.reason += "; warning: its power readings make " +
                       std::to_string(static_cast<int>(100 * *apart)) +
                       "% of what its counter says, and the band covers both";
    }
    const bool hides_pids = source->device.last() != nullptr && source->device.last()->activity &&
                            !source->gpu_users.are_pids_visible() &&
                            std::any_of(consumers_.begin(), consumers_.end(),
                                        [](const auto& one) { return one.second.uses_gpu; });
    if (hides_pids) {
      status.reason +=
          "; the driver does not name our processes (a container without the host's process ids): "
          "its use is split equally among the runs that make steps";
    }
  }
  return statuses;
}

std::vector<PowerSample> Sampler::RecentSamples(absl::Duration since) const {
  HotLock lock(&mutex_);
  std::vector<PowerSample> samples;
  for (const PowerSample& sample : recent_) {
    if (sample.end > since) samples.push_back(sample);
  }
  return samples;
}

void Sampler::ObserveOwnCost(const HostActivity::Use& use, const Booked& booked, Instant now) {
  const auto own = use.by_pid.find(options_.own_pid);
  if (own == use.by_pid.end()) return;
  const std::optional<Baseline> baseline = BaselineOf("cpu", RestLevel::kDeep);
  std::optional<Watts> above;
  for (const PowerSample& sample : booked.samples) {
    if (sample.device == "cpu" && baseline) above = sample.power - baseline->power;
  }
  if (above) above = std::max(*above, Watts(0));
  own_cost_.Observe(now.monotonic, own->second.used, use.busy, above);
}

std::optional<OwnCost> Sampler::own_cost() const {
  HotLock lock(&mutex_);
  return own_cost_.cost();
}

}  // namespace powerdown
