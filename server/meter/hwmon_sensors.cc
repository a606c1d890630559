#include "server/meter/hwmon_sensors.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/meter/sysfs_text.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

// Nobody has published how far these sensors are off from unit to unit. AMD, Intel and the ACPI
// specification promise nothing better than a tenth; half as much again is kept for the unknown.
constexpr double kUnmeasuredBand = 0.15;
// An INA3221 errs by half a percent; the resistor that it measures at by up to 5%.
constexpr double kShuntBand = 0.06;
// The drivers average over up to a second and do not tell.
constexpr absl::Duration kAverageLag = absl::Seconds(1);
constexpr absl::Duration kInstantLag = absl::Milliseconds(200);
constexpr Watts kMostOfACard(1000);
constexpr Watts kMostOfABoard(100);
// A desktop; more is believed once it is seen again and again, up to a large server.
constexpr Watts kMostOfAMachine(500);
constexpr Watts kMostOfAServer(4000);
constexpr int kChannels = 9;  // in<N>, curr<N> from 1 on

bool HasFile(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// "0000:03:00.0", by which the other tools name the card; the hwmon folder where sysfs has no link.
std::string CardOf(const fs::path& folder) {
  std::error_code error;
  const fs::path device = fs::canonical(folder / "device", error);
  const std::string name = error ? "" : device.filename().string();
  return absl::StrContains(name, ":") ? name : folder.filename().string();
}

Watts LimitOf(const HwmonSensor& sensor, Watts unknown) {
  if (sensor.limit_file.empty()) return unknown;
  const int64_t microwatts = ReadSysfsNumber(sensor.limit_file).value_or(0);
  return microwatts > 0 ? Watts(static_cast<double>(microwatts) / 1e6) : unknown;
}

HwmonSensor GpuSensor(const fs::path& folder, const std::string& driver) {
  HwmonSensor sensor;
  MeterDescription& meter = sensor.description;
  meter.meter = absl::StrCat("hwmon (", driver, ")");
  meter.device = absl::StrCat("gpu-", CardOf(folder));
  meter.relative_band = kUnmeasuredBand;
  meter.overshoot = 1.5;
  meter.is_woken_by_reading = true;
  sensor.state_file = folder / "device/power/runtime_status";
  return sensor;
}

void SetLimit(const fs::path& folder, std::initializer_list<const char*> files,
              HwmonSensor& sensor) {
  for (const char* file : files) {
    if (!sensor.limit_file.empty() || ReadSysfsNumber(folder / file).value_or(0) <= 0) continue;
    sensor.limit_file = folder / file;
  }
  sensor.description.is_limit_known = !sensor.limit_file.empty();
  sensor.description.most_power = LimitOf(sensor, kMostOfACard);
}

std::optional<HwmonSensor> AmdGpu(const fs::path& folder, HwmonSensors& found) {
  HwmonSensor sensor = GpuSensor(folder, "amdgpu");
  SetLimit(folder, {"power1_cap", "power1_cap_default"}, sensor);
  const bool has_average = HasFile(folder / "power1_average");
  sensor.power_file = folder / (has_average ? "power1_average" : "power1_input");
  sensor.description.source = "hwmon-power";
  sensor.description.lag = has_average ? kAverageLag : kInstantLag;
  if (HasFile(folder / "device/gpu_busy_percent")) {
    sensor.busy_file = folder / "device/gpu_busy_percent";
  }
  if (!HasFile(sensor.power_file)) return std::nullopt;
  if (sensor.limit_file.empty()) {
    found.refused.push_back(
        {sensor.description, false,
         "has no power limit, as a GPU within a processor: what it shows contains the processor",
         ""});
    return std::nullopt;
  }
  return sensor;
}

std::optional<HwmonSensor> IntelGpu(const fs::path& folder, const std::string& driver) {
  HwmonSensor sensor = GpuSensor(folder, driver);
  SetLimit(folder, {"power1_max", "power1_rated_max"}, sensor);
  sensor.energy_file = folder / "energy1_input";
  sensor.description.source = "hwmon-counter";
  sensor.description.lag = absl::Milliseconds(100);
  if (!HasFile(sensor.energy_file)) return std::nullopt;
  return sensor;
}

HwmonSensor SystemSensor(const std::string& meter) {
  HwmonSensor sensor;
  sensor.description = {.meter = meter,
                        .device = "system",
                        .source = "hwmon-power",
                        .relative_band = kUnmeasuredBand,
                        .most_power = kMostOfAMachine,
                        .ceiling = kMostOfAServer,
                        .is_limit_known = false};
  return sensor;
}

// "90.00%" is how far it may be trusted: off by a tenth.
std::optional<HwmonSensor> AcpiMeter(const fs::path& folder) {
  HwmonSensor sensor = SystemSensor("hwmon (ACPI power_meter)");
  sensor.power_file = folder / "power1_average";
  if (!HasFile(sensor.power_file)) return std::nullopt;
  const std::string accuracy = ReadSysfsText(folder / "power1_accuracy").value_or("");
  double percent = 0;
  if (absl::SimpleAtod(absl::StripSuffix(accuracy, "%"), &percent) && percent > 0 &&
      percent < 100) {
    sensor.description.relative_band = std::max(0.01, 1 - percent / 100);
  }
  const int64_t interval = ReadSysfsNumber(folder / "power1_average_interval").value_or(0);
  sensor.description.lag =
      std::clamp(absl::Milliseconds(interval), kAverageLag, absl::Seconds(300));
  return sensor;
}

std::optional<HwmonSensor> BoardRail(const fs::path& folder, const std::string& driver) {
  for (int channel = 1; channel <= kChannels; ++channel) {
    const std::string voltage = absl::StrCat("in", channel);
    const std::string label = ReadSysfsText(folder / (voltage + "_label")).value_or("");
    if (label != "VDD_IN" && label != "POM_5V_IN") continue;
    HwmonSensor sensor = SystemSensor(absl::StrCat("hwmon (", driver, " ", label, ")"));
    sensor.voltage_file = folder / (voltage + "_input");
    sensor.current_file = folder / absl::StrCat("curr", channel, "_input");
    sensor.description.relative_band = kShuntBand;
    sensor.description.most_power = kMostOfABoard;
    sensor.description.lag = kInstantLag;
    if (HasFile(sensor.voltage_file) && HasFile(sensor.current_file)) return sensor;
  }
  return std::nullopt;
}

// A laptop's or desktop's whole platform. Its counter is renewed as those of the packages are.
std::optional<HwmonSensor> Platform(const std::string& sysfs_root) {
  std::error_code error;
  std::optional<HwmonSensor> psys;
  for (const auto& entry : fs::directory_iterator(sysfs_root + "/class/powercap", error)) {
    const std::string name = ReadSysfsText(entry.path() / "name").value_or("");
    if (absl::StartsWith(name, "package-")) return std::nullopt;
    if (name != "psys") continue;
    psys = SystemSensor("rapl (psys)");
    psys->energy_file = entry.path() / "energy_uj";
    const int64_t range = ReadSysfsNumber(entry.path() / "max_energy_range_uj").value_or(0);
    psys->range = Joules(static_cast<double>(range) / 1e6);
    psys->description.source = "rapl-psys";
    psys->description.lag = absl::Milliseconds(1);
  }
  return psys;
}

std::optional<HwmonSensor> SensorOf(const fs::path& folder, HwmonSensors& found) {
  const std::string driver = ReadSysfsText(folder / "name").value_or("");
  if (driver == "amdgpu") return AmdGpu(folder, found);
  if (driver == "xe" || driver == "i915") return IntelGpu(folder, driver);
  if (driver == "power_meter") return AcpiMeter(folder);
  if (driver == "ina3221" || driver == "ina238") return BoardRail(folder, driver);
  return std::nullopt;
}

// Whether it can be read; if not, it is told why.
bool CanRead(const HwmonSensor& sensor, HwmonSensors& found) {
  for (const std::string& file :
       {sensor.energy_file, sensor.power_file, sensor.current_file, sensor.voltage_file}) {
    if (file.empty()) continue;
    const absl::Status status = ReadSysfsNumber(file).status();
    // A driver may answer nothing while the device sleeps: that is no reason against it.
    if (status.ok() || absl::IsUnavailable(status)) continue;
    const std::string remedy =
        absl::IsPermissionDenied(status) ? absl::StrCat("sudo chmod a+r ", file) : "";
    found.refused.push_back({sensor.description, false, std::string(status.message()), remedy});
    return false;
  }
  return true;
}

}  // namespace

HwmonSensors FindHwmonSensors(const std::string& sysfs_root) {
  HwmonSensors found;
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(sysfs_root + "/class/hwmon", error)) {
    folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  const auto take = [&](std::optional<HwmonSensor> sensor) {
    if (!sensor || !CanRead(*sensor, found)) return;
    const bool is_system = sensor->description.device == "system";
    (is_system ? found.systems : found.gpus).push_back(*std::move(sensor));
  };
  for (const fs::path& folder : folders) take(SensorOf(folder, found));
  take(Platform(sysfs_root));
  // The narrowest band first.
  std::stable_sort(found.systems.begin(), found.systems.end(), [](const auto& a, const auto& b) {
    return a.description.relative_band < b.description.relative_band;
  });
  return found;
}

}  // namespace powerdown
