// One NVIDIA GPU as a power meter: energy counter first, instant power second, the driver's average
// last, decided by trying each call on this device.
//
// Not thread-safe; the sampler owns it. The devices of a box share one NvmlSession.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

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
  // A device does not answer: opens NVML anew with the next Get, but not twice within a second.
  void Reopen(Instant now);
  // The device with this UUID; looked up anew after each opening.
  absl::StatusOr<NvmlLibrary::Device> Find(const std::string& uuid, Instant now);

 private:
  const std::string library_name_;
  std::unique_ptr<NvmlLibrary> library_;
  std::map<std::string, NvmlLibrary::Device> devices_;  // by UUID, of the open library
  std::optional<absl::Duration> closed_at_;             // after an error; monotonic
  absl::Status failure_;
};

enum class NvmlSource { kCounter, kInstant, kAverage };
const char* NvmlSourceName(NvmlSource source);

class NvmlMeter : public PowerMeter {
 public:
  struct Device {
    std::string uuid;
    std::string name;
    NvmlSource source = NvmlSource::kCounter;
    std::optional<Watts> power_limit;
  };
  // `session` is shared by the meters of one sampler.
  NvmlMeter(std::shared_ptr<NvmlSession> session, Device device);
  const MeterDescription& description() const override { return description_; }
  absl::StatusOr<PowerReading> Read(Instant now) override;
  void Rest() override;
  bool ResumeFrom(const std::string& position, absl::Duration then) override;

 private:
  absl::StatusOr<PowerReading> ReadOnce(Instant now);
  void ReadCounter(Joules counter, PowerReading& reading);
  absl::Status ReadPower(const NvmlLibrary& library, NvmlLibrary::Device device, Instant now,
                         PowerReading& reading);
  void ReadActivity(const NvmlLibrary& library, NvmlLibrary::Device device, Instant now);

  const std::shared_ptr<NvmlSession> session_;
  const std::string uuid_;
  const NvmlSource source_;
  MeterDescription description_;
  std::optional<Joules> last_counter_;
  Joules total_;
  std::optional<DeviceActivity> activity_;
  std::optional<Watts> limit_;                 // as the driver enforced it last
  std::optional<absl::Duration> activity_at_;  // monotonic; of the driver's answer
  int64_t last_seen_us_ = 0;                   // of the driver's process samples
  absl::Duration named_at_;                    // monotonic; when it last named a process
};

// Half-width of the band of an uncalibrated sensor: ±10% for Ampere and newer, ±15% for older chips
// (Yang, Adamek, Armour, arXiv 2312.02741; the error is per unit, so a table by model is not
// honest).
double NvmlRelativeBand(const std::string& device_name);
// The spread from unit to unit that Yang, Adamek and Armour measured: readings are 0.873 to 1.044
// of the truth and -22.6 to 16 W beside it; less for a card with a limit below 300 W.
MeterDescription::Spread NvmlSpread(const std::string& device_name, std::optional<Watts> limit);
// Chips whose sensor sees 25 of every 100 ms (the same paper): A100 and H100, and H200 and GH200 as
// their kin.
bool IsPartTimeSensor(const std::string& device_name);

}  // namespace powerdown
