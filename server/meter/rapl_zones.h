// Which RAPL zones of a box add up to its processors and memory, chosen by zone name. Reads sysfs
// once; no threads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/energy/units.h"

namespace powerdown {

struct RaplZone {
  std::string name;         // "package-0", "package-0-die-1", "dram"
  std::string energy_file;  // …/energy_uj
  Joules range;             // the counter wraps here; 0 if the kernel does not say
  std::string folder;
  Watts limit;  // the highest of its power limits; 0 if the kernel does not say
};

// What `power meters` says of a zone that is not counted, or cannot be read.
struct RaplRefusal {
  std::string zone;
  std::string reason;
  std::string remedy;
};

struct RaplZones {
  std::vector<RaplZone> used;
  std::vector<RaplRefusal> refused;
};

// Packages (each die of a package), and DRAM, which no package contains. psys is left out because
// it contains the packages; a second interface to the same package (MMIO) is left out as a
// duplicate; core and uncore are parts of a package. Below <sysfs_root>/class/powercap.
RaplZones FindRaplZones(const std::string& sysfs_root);

// The highest of the zone's power limits (long and short term, PL1 and PL2, and what it is rated
// for) as they are now; 0 if the kernel does not say.
Watts ReadRaplLimit(const std::string& folder);

// The zone's counter in joules. PermissionDenied, NotFound, or DataLoss if it is not a number.
absl::StatusOr<Joules> ReadRaplEnergy(const RaplZone& zone);

}  // namespace powerdown
