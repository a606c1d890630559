#include "tests/support/simulation/simulated_box.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_format.h"

namespace powerdown {
namespace {

constexpr int64_t kCores = 4;
constexpr double kIdleShare = 0.3;  // of the most power, at rest
constexpr absl::Duration kSuspended = absl::Seconds(1);

}  // namespace

SimulatedDevice::SimulatedDevice(std::string name, Watts most_power) {
  description_ = {.meter = "simulated",
                  .device = std::move(name),
                  .source = "rapl",
                  .relative_band = 0.05,
                  .most_power = most_power};
}

void SimulatedDevice::StartAgain() {
  counter_ = Joules(0);
  BeginAfter(std::nullopt);
}

void SimulatedDevice::BeginAfter(std::optional<absl::Duration> stored) {
  if (stored) {
    // The end of a gap, unless it is a reading.
    const MeteredTruth truth = TruthAt(*stored);
    readings_.try_emplace(*stored, Reading{.truth = truth});
  }
  // What came later was not stored.
  readings_.erase(stored ? readings_.upper_bound(*stored) : readings_.begin(), readings_.end());
  has_reader_ = has_gap_ = false;
  resumed_ = Joules(0);
}

absl::StatusOr<PowerReading> SimulatedDevice::Read(Instant now) {
  if (is_failing) {
    has_gap_ = has_reader_;
    return absl::UnavailableError("the sensor does not answer");
  }
  Reading reading{counter_, {}, now.boottime - now.monotonic};
  const bool has_restarted = std::exchange(restarts_next, false);
  if (has_reader_ && !readings_.empty()) {
    const auto& [at, last] = *readings_.rbegin();
    const bool is_gap = has_gap_ || has_restarted || reading.slept - last.slept > kSuspended;
    reading.truth = last.truth;
    if (is_gap) {
      reading.truth.gap += description_.most_power * (now.monotonic - at);
    } else {
      reading.truth.known += counter_ - last.counter;
    }
  } else {
    // Runs that a daemon began before its first reading are owed what they drew until then: a
    // guess.
    const bool is_first = readings_.empty();
    if (!is_first) reading.truth = readings_.rbegin()->second.truth;
    const absl::Duration since = is_first ? absl::ZeroDuration() : readings_.rbegin()->first;
    reading.truth.gap += description_.most_power * (now.monotonic - since);
  }
  has_reader_ = true;
  has_gap_ = false;
  readings_[now.monotonic] = reading;
  PowerReading told;
  told.counter = counter_ - resumed_;
  told.has_restarted = has_restarted;
  told.position = absl::StrFormat("%.17g", counter_.value());
  return told;
}

bool SimulatedDevice::ResumeFrom(const std::string& position, absl::Duration then) {
  if (readings_.empty() || readings_.rbegin()->first != then) return false;
  resumed_ = Joules(std::strtod(position.c_str(), nullptr));
  has_reader_ = true;
  return true;
}

MeteredTruth SimulatedDevice::TruthAt(absl::Duration read_at) const {
  auto found = readings_.upper_bound(read_at);
  if (found == readings_.begin()) return {};
  --found;
  MeteredTruth truth = found->second.truth;
  // A gap that was booked up to then begins at the last good reading.
  truth.gap += description_.most_power * (read_at - found->first);
  return truth;
}

class SimulatedBox::Meter : public PowerMeter {
 public:
  explicit Meter(SimulatedDevice* device) : device_(device) {}
  const MeterDescription& description() const override { return device_->description(); }
  absl::StatusOr<PowerReading> Read(Instant now) override { return device_->Read(now); }
  bool ResumeFrom(const std::string& position, absl::Duration then) override {
    return device_->ResumeFrom(position, then);
  }

 private:
  SimulatedDevice* const device_;
};

class SimulatedBox::ActivityOfBox : public HostActivity {
 public:
  explicit ActivityOfBox(const SimulatedBox* box) : box_(*box) {}
  absl::StatusOr<Use> Read(const std::vector<int64_t>& pids) override {
    if (box_.is_activity_failing) return absl::UnavailableError("/proc cannot be read");
    Use use{box_.busy_, {}, kCores};
    for (const int64_t pid : pids) {
      const auto found = box_.processes_.find(pid);
      if (found != box_.processes_.end()) use.by_pid[pid] = found->second;
    }
    return use;
  }

 private:
  const SimulatedBox& box_;
};

SimulatedBox::SimulatedBox() {
  devices_.emplace("cpu", SimulatedDevice("cpu", Watts(200)));
  devices_.emplace("memory", SimulatedDevice("memory", Watts(30)));
}

void SimulatedBox::Draw(absl::Duration time, const std::map<int64_t, double>& use_by_pid,
                        double foreign) {
  double cores = foreign;
  for (const auto& [pid, use] : use_by_pid) {
    cores += use;
    processes_[pid].used += time * use;
  }
  busy_ += time * cores;
  const double busy = std::min(1.0, cores / kCores);
  for (auto& [name, device] : devices_) {
    device.Draw(device.description().most_power * (kIdleShare + (0.9 - kIdleShare) * busy) * time);
  }
}

void SimulatedBox::StartAgain() {
  busy_ = absl::ZeroDuration();
  processes_.clear();
  for (auto& [name, device] : devices_) device.StartAgain();
}

std::vector<std::unique_ptr<PowerMeter>> SimulatedBox::Meters() {
  std::vector<std::unique_ptr<PowerMeter>> meters;
  for (auto& [name, device] : devices_) meters.push_back(std::make_unique<Meter>(&device));
  return meters;
}

std::unique_ptr<HostActivity> SimulatedBox::Activity() {
  return std::make_unique<ActivityOfBox>(this);
}

}  // namespace powerdown
