#include "server/meter/box_meters.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/meter/apple_meter.h"
#include "server/meter/bounded_meter.h"
#include "server/meter/estimate_meter.h"
#include "server/meter/powermetrics_meter.h"
#include "server/meter/procfs_activity.h"
#include "server/meter/rapl_meter.h"

namespace powerdown {
namespace {

// NVML on a box with many GPUs whose driver must load first takes seconds; a daemon that waits
// longer is taken to be broken.
constexpr absl::Duration kLongestSearch = absl::Seconds(10);

// What `find` finds on a thread of its own, which its meters then share; where the driver hangs,
// why `missing` is not metered.
BoxMeters FindAside(const std::string& driver, MeterDescription missing,
                    std::function<absl::StatusOr<BoxMeters>()> find) {
  const auto thread = std::make_shared<CallThread>(driver);
  absl::StatusOr<BoxMeters> found = thread->Ask<BoxMeters>(std::move(find), kLongestSearch);
  BoxMeters box;
  if (!found.ok()) {
    box.statuses.push_back({std::move(missing), false, std::string(found.status().message()),
                            "see why the driver hangs (dmesg), then restart powerdownd"});
    return box;
  }
  box.statuses = std::move(found->statuses);
  for (std::unique_ptr<PowerMeter>& meter : found->meters) {
    box.meters.push_back(std::make_unique<BoundedMeter>(std::move(meter), thread));
  }
  return box;
}

void Append(BoxMeters from, BoxMeters& box) {
  for (std::unique_ptr<PowerMeter>& meter : from.meters) box.meters.push_back(std::move(meter));
  for (MeterStatus& status : from.statuses) box.statuses.push_back(std::move(status));
}

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

void AddEstimate(const BoxOptions& options, bool has_gpu, BoxMeters& box) {
  const bool is_rated = options.rated_cpu > Watts(0);
  const Watts rated = is_rated ? options.rated_cpu : EstimateMeter::RatedFor(options.cores);
  auto estimate =
      std::make_unique<EstimateMeter>(rated, std::make_unique<ProcfsActivity>(options.procfs_root));
  const std::string model =
      absl::StrCat("estimated from processor time and ", rated.value(),
                   is_rated ? " W of rated power" : " W of assumed power (10 W a core)");
  const std::string beside =
      has_gpu ? "; shown beside the GPU's measurements, whose totals are labelled gpu-only" : "";
  box.statuses.push_back({estimate->description(), true,
                          absl::StrCat(model, ", because no RAPL zone can be read", beside),
                          is_rated ? "" : "set --rated-cpu-watts to the processor's rated power"});
  box.meters.push_back(std::move(estimate));
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

BoxMeters FindRapl(const std::string& sysfs_root) {
  const auto find = [sysfs_root]() -> absl::StatusOr<BoxMeters> {
    BoxMeters box;
    AddRapl(sysfs_root, box);
    return box;
  };
  return FindAside("the RAPL driver", {.meter = "rapl", .device = "cpu", .source = "rapl"}, find);
}

// A Mac as a whole, by its own sensors or by what powermetrics writes; nothing elsewhere.
BoxMeters FindMac(const std::string& powermetrics, Instant now) {
  const auto find = [powermetrics, now]() -> absl::StatusOr<BoxMeters> {
    BoxMeters box;
    if (!AddApple(now, box)) AddPowermetrics(powermetrics, now, box);
    return box;
  };
  return FindAside("the Mac's sensors", {.meter = "smc", .device = "system", .source = "smc"},
                   find);
}

BoxMeters FindGpus(const NvmlSearch& search, Instant now) {
  const auto find = [search, now]() -> absl::StatusOr<BoxMeters> {
    BoxMeters box;
    box.meters = FindNvmlMeters(search, now, &box.statuses);
    return box;
  };
  return FindAside("the NVIDIA driver", {.meter = "nvml", .device = "gpu", .source = "nvml-power"},
                   find);
}

}  // namespace

BoxMeters FindBoxMeters(const BoxOptions& options, Instant now) {
  BoxMeters box = FindMac(options.powermetrics, now);
  if (!box.meters.empty()) return box;
  Append(FindRapl(options.sysfs_root), box);
  BoxMeters gpus = FindGpus(options.nvml, now);
  if (!box.meters.empty()) {
    box.statuses.push_back({{.meter = "estimate", .device = "cpu", .source = "estimate"},
                            false,
                            "the processor is measured",
                            ""});
  } else {
    AddEstimate(options, !gpus.meters.empty(), box);
  }
  Append(std::move(gpus), box);
  return box;
}

}  // namespace powerdown
