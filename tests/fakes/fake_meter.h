// A power meter and a box's activity that say what a test tells them. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/meter/power_meter.h"

namespace powerdown {

// A constant power until told otherwise, read as a counter or as a power.
class FakePowerMeter : public PowerMeter {
 public:
  explicit FakePowerMeter(std::string device, bool is_counter = true)
      : description_{.meter = "fake",
                     .device = std::move(device),
                     .source = "rapl",
                     .relative_band = 0.1,
                     .most_power = Watts(1000)},
        is_counter_(is_counter) {}
  const MeterDescription& description() const override { return description_; }
  absl::StatusOr<PowerReading> Read(Instant now) override {
    if (has_read_) total_ += power_ * (now.monotonic - last_read_);
    has_read_ = true;
    last_read_ = now.monotonic;
    if (!error_.ok()) return error_;
    if (!next_error_.ok()) return std::exchange(next_error_, absl::OkStatus());
    PowerReading reading;
    reading.has_restarted = std::exchange(restarts_, false);
    reading.activity = activity_;
    reading.check_power = check_power_;
    if (is_counter_) {
      reading.counter = total_;
      if (goes_on_) reading.position = std::to_string(total_.value());
    } else {
      reading.power = power_;
    }
    return reading;
  }
  // What was drawn since `then`, if its counter goes on without a daemon.
  bool ResumeFrom(const std::string&, absl::Duration then) override {
    has_read_ = goes_on_;
    last_read_ = then;
    return goes_on_;
  }
  void GoOnWithoutDaemon() { goes_on_ = true; }
  void SetPower(Watts power) { power_ = power; }
  void FailNext(absl::Status error) { next_error_ = std::move(error); }
  void FailUntilMended(absl::Status error) { error_ = std::move(error); }
  void Mend() { error_ = absl::OkStatus(); }
  void RestartNext() { restarts_ = true; }
  void SetCheckPower(Watts power) { check_power_ = power; }
  void SetActivity(DeviceActivity activity) { activity_ = std::move(activity); }
  void Rest() override { ++rests_; }
  int rests() const { return rests_; }
  MeterDescription& changeable_description() { return description_; }

 private:
  MeterDescription description_;
  std::optional<DeviceActivity> activity_;
  std::optional<Watts> check_power_;
  int rests_ = 0;
  const bool is_counter_;
  Watts power_ = Watts(100);
  Joules total_;
  bool has_read_ = false;
  bool goes_on_ = false;
  bool restarts_ = false;
  absl::Duration last_read_;
  absl::Status next_error_;
  absl::Status error_;
};

class FakeActivity : public HostActivity {
 public:
  struct Box {
    absl::Duration busy;
    std::map<int64_t, HostActivity::Process> by_pid;
    int64_t cores = 2;
    // Time used by one of our processes, or by a foreign one (pid 0).
    void Use(int64_t pid, absl::Duration time) {
      busy += time;
      if (pid != 0) by_pid[pid].used += time;
    }
    // Another process starts under this id.
    void Start(int64_t pid, absl::Duration at) { by_pid[pid] = {absl::ZeroDuration(), at}; }
    absl::Status error;  // of the next reads
  };
  explicit FakeActivity(const Box* box) : box_(box) {}
  absl::StatusOr<Use> Read(const std::vector<int64_t>& pids) override {
    if (!box_->error.ok()) return box_->error;
    Use use{box_->busy, {}, box_->cores};
    for (const int64_t pid : pids) {
      if (const auto found = box_->by_pid.find(pid); found != box_->by_pid.end()) {
        use.by_pid[pid] = found->second;
      }
    }
    return use;
  }

 private:
  const Box* const box_;
};

}  // namespace powerdown
