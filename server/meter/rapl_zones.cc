#include "server/meter/rapl_zones.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/meter/sysfs_text.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr char kPermissionRemedy[] =
    "energy_uj is root-only since CVE-2020-8694. Write to /etc/udev/rules.d/70-powerdown.rules: "
    "SUBSYSTEM==\"powercap\", ACTION==\"add\", RUN+=\"/bin/chgrp -R powerdown /sys%p\", "
    "RUN+=\"/bin/chmod -R g=u /sys%p\" and run: sudo udevadm control --reload; sudo udevadm "
    "trigger --subsystem-match=powercap --action=add. Or give the program the right to read it: "
    "sudo setcap cap_dac_read_search+ep powerdownd";
constexpr char kHiddenRemedy[] =
    "docker hides it: start the container with --security-opt systempaths=unconfined, or mount the "
    "host's tree with -v /sys:/host/sys:ro and pass --sysfs-root /host/sys";
constexpr char kMissingRemedy[] =
    "on a real machine: sudo modprobe intel_rapl_msr (AMD too); a virtual machine has none unless "
    "its host passes it on";

absl::StatusOr<Joules> ReadMicrojoules(const std::string& path) {
  ASSIGN_OR_RETURN(const int64_t microjoules, ReadSysfsNumber(path));
  if (microjoules < 0) return absl::DataLossError(absl::StrCat(path, ": is below 0"));
  return Joules(static_cast<double>(microjoules) / 1e6);
}

bool IsPackage(const std::string& name) {
  return absl::StartsWith(name, "package-");
}

// Why a zone of this name is never counted; empty if it may be.
std::string Exclusion(const std::string& name) {
  if (name == "psys") return "psys contains the packages; adding it would count them twice";
  if (name == "core" || name == "uncore") return "part of its package";
  if (!IsPackage(name) && name != "dram") return "not a zone that PowerDown knows";
  return "";
}

}  // namespace

Watts ReadRaplLimit(const std::string& folder) {
  Watts most;
  for (const char* constraint : {"0", "1"}) {
    for (const char* limit : {"_power_limit_uw", "_max_power_uw"}) {
      // Microwatts read like microjoules.
      const std::string file = absl::StrCat(folder, "/constraint_", constraint, limit);
      most = std::max(most, Watts(ReadMicrojoules(file).value_or(Joules(0)).value()));
    }
  }
  return most;
}

absl::StatusOr<Joules> ReadRaplEnergy(const RaplZone& zone) {
  return ReadMicrojoules(zone.energy_file);
}

RaplZones FindRaplZones(const std::string& sysfs_root) {
  RaplZones zones;
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(sysfs_root + "/class/powercap", error)) {
    folders.push_back(entry.path());
  }
  // "intel-rapl:0" sorts before "intel-rapl-mmio:0" only by this rule: the MSR interface comes
  // first.
  std::sort(folders.begin(), folders.end(), [](const fs::path& a, const fs::path& b) {
    const bool a_is_mmio = absl::StrContains(a.string(), "mmio");
    const bool b_is_mmio = absl::StrContains(b.string(), "mmio");
    return a_is_mmio != b_is_mmio ? b_is_mmio : a < b;
  });
  std::map<std::string, std::string> packages;  // name -> folder that counts for it
  for (const fs::path& folder : folders) {
    const absl::StatusOr<std::string> name = ReadSysfsText(folder / "name");
    if (!name.ok()) {
      // Without a colon it is a control type, not a zone.
      if (absl::StrContains(folder.filename().string(), ":")) {
        zones.refused.push_back(
            {folder.filename(), "is listed, but its content is hidden", kHiddenRemedy});
      }
      continue;
    }
    const std::string label = absl::StrCat(folder.filename().string(), " (", *name, ")");
    if (const std::string reason = Exclusion(*name); !reason.empty()) {
      zones.refused.push_back({label, reason, ""});
      continue;
    }
    if (IsPackage(*name) && !packages.emplace(*name, folder.filename()).second) {
      zones.refused.push_back({label, absl::StrCat("duplicate of ", packages[*name]), ""});
      continue;
    }
    RaplZone zone{*name, folder / "energy_uj", Joules(0), folder, Watts(0)};
    if (const absl::StatusOr<Joules> energy = ReadRaplEnergy(zone); !energy.ok()) {
      zones.refused.push_back({label, std::string(energy.status().message()),
                               absl::IsPermissionDenied(energy.status()) ? kPermissionRemedy : ""});
      continue;
    }
    zone.range = ReadMicrojoules(folder / "max_energy_range_uj").value_or(Joules(0));
    zone.limit = ReadRaplLimit(folder);
    zones.used.push_back(std::move(zone));
  }
  if (folders.empty()) {
    zones.refused.push_back({"powercap", "the kernel offers no RAPL zone here", kMissingRemedy});
  }
  return zones;
}

}  // namespace powerdown
