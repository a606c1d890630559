// The part of NVIDIA's management library that PowerDown uses, loaded at run time: no build
// dependency, and any call may be missing. Layouts and numbers are those of NVIDIA's own header.
//
// Thread-compatible. While an object lives NVML is initialised, which keeps the GPU awake: hold one
// only while somebody needs it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

class NvmlLibrary {
 public:
  using Device = void*;

  // Loads and initialises. NotFound without the library; else as below.
  static absl::StatusOr<std::unique_ptr<NvmlLibrary>> Open(
      const std::string& library = "libnvidia-ml.so.1");
  ~NvmlLibrary();
  NvmlLibrary(const NvmlLibrary&) = delete;

  // All calls: Unimplemented if the symbol is missing or the device does not support it;
  // Unavailable if the device is lost or does not answer now; PermissionDenied; FailedPrecondition
  // if the kernel module is not loaded or is of another version than the library.
  absl::StatusOr<int64_t> DeviceCount() const;
  absl::StatusOr<Device> DeviceAt(int64_t index) const;
  absl::StatusOr<std::string> Uuid(Device device) const;
  absl::StatusOr<std::string> Name(Device device) const;
  absl::StatusOr<bool> IsMigEnabled(Device device) const;
  // The UUID of the board that a MIG instance ("MIG-…") is a part of.
  absl::StatusOr<std::string> BoardOfMig(const std::string& mig_uuid) const;

  absl::StatusOr<Joules> TotalEnergy(Device device) const;  // since the driver was loaded
  // Instant power of field 186, with the device's own time stamp (microseconds of wall time).
  struct FieldPower {
    Watts power;
    absl::Time time;
  };
  absl::StatusOr<FieldPower> InstantPower(Device device) const;
  absl::StatusOr<Watts> PowerUsage(Device device) const;    // a one-second average on most chips
  absl::StatusOr<Watts> PowerLimit(Device device) const;    // enforced now
  absl::StatusOr<double> Utilisation(Device device) const;  // share of the time, 0 to 1
  // Processes that hold a compute context, busy or not; in a container the host's ids,
  // 0 where the driver does not tell one.
  absl::StatusOr<std::vector<int64_t>> ComputeProcesses(Device device) const;

  // Streaming-multiprocessor use of each process since `last_seen_us`; in a container the ids are
  // the host's.
  struct ProcessUse {
    int64_t pid = 0;
    double share = 0;
    int64_t time_us = 0;
  };
  absl::StatusOr<std::vector<ProcessUse>> ProcessUses(Device device, int64_t last_seen_us) const;

 private:
  struct Symbols;
  explicit NvmlLibrary(std::unique_ptr<Symbols> symbols);
  absl::Status ToStatus(int result, const char* call) const;

  std::unique_ptr<Symbols> symbols_;
};

}  // namespace powerdown
