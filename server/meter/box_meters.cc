#include "server/meter/box_meters.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/meter/apple_meter.h"
#include "server/meter/bounded_meter.h"
#include "server/meter/estimate_meter.h"
#include "server/meter/hwmon_meter.h"
#include "server/meter/powermetrics_meter.h"
#include "server/meter/procfs_activity.h"
#include "server/meter/rapl_meter.h"

namespace powerdown {
namespace {

// NVML on a box with many GPUs whose driver must load first takes seconds; a daemon that waits
// longer is taken to be broken.
constexpr absl::Duration kLongestSearch = absl::Seconds(10);

void AddRapl(const std::string& sysfs_root, BoxMeters& box) {
  std::vector<RaplRefusal> refused;
  absl::StatusOr<std::unique_ptr<RaplMeter>> rapl =
      RaplMeter::Open({.sysfs_root = sysfs_root}, &refused);
  if (rapl.ok()) {
    box.statuses.push_back({(*rapl)->description(), true,
                            absl::StrCat("reads the zones ", (*rapl)->zone_names()), ""});
    box.meters.push_back(*std::move(rapl));
  }
  for (const RaplRefusal& zone : refused) {
    box.statuses.push_back({{.meter = "rapl", .device = "cpu", .source = "rapl"},
                            false,
                            absl::StrCat(zone.zone, ": ", zone.reason),
                            zone.remedy});
  }
}

std::string FileOf(const HwmonSensor& sensor) {
  for (const std::string* file : {&sensor.energy_file, &sensor.power_file}) {
    if (!file->empty()) return *file;
  }
  return absl::StrCat(sensor.current_file, " times ", sensor.voltage_file);
}

void AddHwmonGpus(const std::string& sysfs_root, BoxMeters& box) {
  HwmonSensors found = FindHwmonSensors(sysfs_root);
  for (HwmonSensor& sensor : found.gpus) {
    box.statuses.push_back({sensor.description, true, absl::StrCat("reads ", FileOf(sensor)), ""});
    box.meters.push_back(std::make_unique<HwmonMeter>(std::move(sensor)));
  }
  for (MeterStatus& refused : found.refused) box.statuses.push_back(std::move(refused));
}

// At most one, as each has all. `parts` are used in its place, if any.
void AddHwmonSystem(const std::string& sysfs_root, const std::string& parts, BoxMeters& box) {
  HwmonSensors found = FindHwmonSensors(sysfs_root);
  for (HwmonSensor& sensor : found.systems) {
    const bool is_used = parts.empty() && box.meters.empty();
    box.statuses.push_back(
        {sensor.description, is_used,
         is_used ? absl::StrCat("reads the whole machine from ", FileOf(sensor))
                 : absl::StrCat("shows the whole machine, of which ",
                                parts.empty() ? "another sensor" : parts, " is read already"),
         ""});
    if (is_used) box.meters.push_back(std::make_unique<HwmonMeter>(std::move(sensor)));
  }
}

// A Mac as a whole; nothing is said of it elsewhere.
bool AddApple(Instant now, BoxMeters& box) {
  absl::StatusOr<std::unique_ptr<AppleSource>> source = OpenAppleSource();
  if (absl::IsUnimplemented(source.status())) return false;
  absl::StatusOr<std::unique_ptr<AppleMeter>> meter =
      source.ok() ? AppleMeter::Open(*std::move(source), now)
                  : absl::StatusOr<std::unique_ptr<AppleMeter>>(source.status());
  if (!meter.ok()) {
    box.statuses.push_back({{.meter = "smc", .device = "system", .source = "smc"},
                            false,
                            std::string(meter.status().message()),
                            "run powerdownd outside of a sandbox and a virtual machine"});
    return false;
  }
  box.statuses.push_back({(*meter)->description(), true, "reads the whole Mac", ""});
  box.meters.push_back(*std::move(meter));
  return true;
}

// True if it is used.
bool AddPowermetrics(const std::string& path, Instant now, BoxMeters& box) {
  if (path.empty()) return false;
  absl::StatusOr<std::unique_ptr<PowermetricsMeter>> meter = PowermetricsMeter::Open(path, now);
  if (!meter.ok()) {
    const std::string remedy =
        absl::StrCat("mkfifo ", path, "; sudo powermetrics -i 500 -f plist -o ", path);
    box.statuses.push_back({{.meter = "powermetrics", .device = "system", .source = "powermetrics"},
                            false,
                            std::string(meter.status().message()),
                            remedy});
    return false;
  }
  box.statuses.push_back({(*meter)->description(), true, absl::StrCat("reads ", path), ""});
  box.meters.push_back(*std::move(meter));
  return true;
}

}  // namespace

BoxSearch::BoxSearch(BoxOptions options)
    : options_(std::move(options)),
      mac_{"the Mac's sensors", {.meter = "smc", .device = "system", .source = "smc"}},
      rapl_{"the RAPL driver", {.meter = "rapl", .device = "cpu", .source = "rapl"}},
      nvml_{"the NVIDIA driver", {.meter = "nvml", .device = "gpu", .source = "nvml-power"}},
      hwmon_{"the GPUs' hwmon driver",
             {.meter = "hwmon", .device = "gpu", .source = "hwmon-power"}},
      system_{"the machine's hwmon driver",
              {.meter = "hwmon", .device = "system", .source = "hwmon-power"}} {
  for (Driver* driver : {&mac_, &rapl_, &nvml_, &hwmon_, &system_}) {
    driver->thread = std::make_shared<CallThread>(driver->what);
  }
}

void BoxSearch::Cancel() {
  for (Driver* driver : {&mac_, &rapl_, &nvml_, &hwmon_, &system_}) driver->thread->Cancel();
}

void BoxSearch::Ask(Driver& driver, bool asks_all, Finder find, BoxMeters& box) {
  if (driver.has_meters && !asks_all) return;
  absl::StatusOr<BoxMeters> found = driver.thread->Ask<BoxMeters>(std::move(find), kLongestSearch);
  if (!found.ok()) {
    if (driver.has_meters) return;
    driver.statuses = {{driver.missing, false, std::string(found.status().message()),
                        "see why the driver hangs (dmesg); it is asked again by itself"}};
    return;
  }
  if (!found->meters.empty() || !driver.has_meters) driver.statuses = std::move(found->statuses);
  for (std::unique_ptr<PowerMeter>& meter : found->meters) {
    driver.has_meters = true;
    auto bounded = std::make_unique<BoundedMeter>(std::move(meter), driver.thread);
    if (devices_.insert(bounded->description().device).second) {
      box.meters.push_back(std::move(bounded));
    }
  }
}

// Where no meter reads the processor; said of it in any case.
void BoxSearch::AddEstimate(BoxMeters& box) {
  if (rapl_.has_meters) {
    estimate_ = {{.meter = "estimate", .device = "cpu", .source = "estimate"},
                 false,
                 "the processor is measured",
                 ""};
    return;
  }
  const bool is_first = !estimate_;
  const bool is_rated = options_.rated_cpu > Watts(0);
  const Watts rated = is_rated ? options_.rated_cpu : EstimateMeter::RatedFor(options_.cores);
  auto estimate = std::make_unique<EstimateMeter>(
      rated, std::make_unique<ProcfsActivity>(options_.procfs_root));
  const std::string model =
      absl::StrCat("estimated from processor time and ", rated.value(),
                   is_rated ? " W of rated power" : " W of assumed power (10 W a core)");
  const std::string beside =
      nvml_.has_meters || hwmon_.has_meters
          ? "; shown beside the GPU's measurements, whose totals are labelled gpu-only"
          : "";
  estimate_ = {estimate->description(), true,
               absl::StrCat(model, ", because no RAPL zone can be read", beside),
               is_rated ? "" : "set --rated-cpu-watts to the processor's rated power"};
  if (is_first) box.meters.insert(box.meters.begin(), std::move(estimate));
}

void BoxSearch::FindParts(Instant now, bool asks_all, BoxMeters& box) {
  const auto find_rapl = [root = options_.sysfs_root]() -> absl::StatusOr<BoxMeters> {
    BoxMeters rapl;
    AddRapl(root, rapl);
    return rapl;
  };
  Ask(rapl_, asks_all, find_rapl, box);
  const auto find_nvidia = [search = options_.nvml, now]() -> absl::StatusOr<BoxMeters> {
    BoxMeters gpus;
    gpus.meters = FindNvmlMeters(search, now, &gpus.statuses);
    return gpus;
  };
  Ask(nvml_, asks_all, find_nvidia, box);
  const auto find_others = [root = options_.sysfs_root]() -> absl::StatusOr<BoxMeters> {
    BoxMeters gpus;
    AddHwmonGpus(root, gpus);
    return gpus;
  };
  Ask(hwmon_, asks_all, find_others, box);
}

BoxMeters BoxSearch::Find(Instant now, bool asks_all) {
  BoxMeters box;
  const auto find_mac = [powermetrics = options_.powermetrics, now]() -> absl::StatusOr<BoxMeters> {
    BoxMeters mac;
    if (!AddApple(now, mac)) AddPowermetrics(powermetrics, now, mac);
    return mac;
  };
  const auto has_parts = [this] {
    return rapl_.has_meters || nvml_.has_meters || hwmon_.has_meters;
  };
  // A meter of the whole counts the same as those of its parts: one or the others.
  if (!has_parts() && !system_.has_meters) Ask(mac_, asks_all, find_mac, box);
  if (!mac_.has_meters && !system_.has_meters) FindParts(now, asks_all, box);
  if (!mac_.has_meters) {
    const std::string parts = rapl_.has_meters ? "the processor" : has_parts() ? "a GPU" : "";
    const auto find_system = [root = options_.sysfs_root, parts]() -> absl::StatusOr<BoxMeters> {
      BoxMeters system;
      AddHwmonSystem(root, parts, system);
      return system;
    };
    Ask(system_, asks_all, find_system, box);
  }
  if (mac_.has_meters || system_.has_meters) {
    estimate_.reset();
  } else {
    AddEstimate(box);
  }
  for (const Driver* driver : {&mac_, &rapl_, &system_}) {
    box.statuses.insert(box.statuses.end(), driver->statuses.begin(), driver->statuses.end());
  }
  if (estimate_) box.statuses.push_back(*estimate_);
  for (const Driver* driver : {&nvml_, &hwmon_}) {
    box.statuses.insert(box.statuses.end(), driver->statuses.begin(), driver->statuses.end());
  }
  return box;
}

}  // namespace powerdown
