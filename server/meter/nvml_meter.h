// One NVIDIA GPU as a power meter: energy counter first, instant power second, the driver's average
// last, decided by trying each call on this device.
//
// Not thread-safe; the sampler owns it. The devices of a box share one NvmlSession.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/meter/nvml_library.h"
#include "server/meter/power_meter.h"

namespace powerdown {

// Opens NVML when a meter is first needed and closes it when none is, because an open handle keeps
// a GPU from sleeping. After an error it is opened anew at most once a second.
class NvmlSession {
 public:
  explicit NvmlSession(std::string library) : library_name_(std::move(library)) {}
  // The open library, or why there is none now.
  absl::StatusOr<NvmlLibrary*> Get(Instant now);
  void Close();
  // The device with this UUID; looked up anew after each opening.
  absl::StatusOr<NvmlLibrary::Device> Find(const std::string& uuid, Instant now);

 private:
  const std::string library_name_;
  std::unique_ptr<NvmlLibrary> library_;
  std::optional<absl::Duration> failed_at_;  // monotonic
  absl::Status failure_;
};

enum class NvmlSource { kCounter, kInstant, kAverage };

class NvmlMeter : public PowerMeter {
 public:
  // `session` is shared by the meters of one sampler.
  NvmlMeter(std::shared_ptr<NvmlSession> session, std::string uuid, std::string name,
            NvmlSource source, double relative_band);
  const MeterDescription& description() const override { return description_; }
  absl::StatusOr<PowerReading> Read(Instant now) override;
  void Rest() override;

 private:
  absl::StatusOr<PowerReading> ReadOnce(Instant now);

  const std::shared_ptr<NvmlSession> session_;
  const std::string uuid_;
  const NvmlSource source_;
  MeterDescription description_;
  std::optional<Joules> last_counter_;
  Joules total_;
};

// Finds the GPUs that `visible_devices` (CUDA_VISIBLE_DEVICES: indices or UUIDs; nullopt: all)
// names and what can be read of each. `statuses` gets one line a device, and one when there is no
// NVML.
std::vector<std::unique_ptr<PowerMeter>> FindNvmlMeters(
    const std::string& library, const std::optional<std::string>& visible_devices, Instant now,
    std::vector<MeterStatus>* statuses);

// Half-width of the band of an uncalibrated sensor: ±10% for Ampere and newer, ±15% for older chips
// (Yang, Adamek, Armour, arXiv 2312.02741; the error is per unit, so a table by model is not
// honest).
double NvmlRelativeBand(const std::string& device_name);

}  // namespace powerdown
