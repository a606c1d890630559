// A RAPL zone in a folder that stands for /sys.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace powerdown {

inline void AddRaplZone(const std::string& sysfs_root) {
  const std::string zone = sysfs_root + "/class/powercap/intel-rapl:0";
  std::filesystem::create_directories(zone);
  std::ofstream(zone + "/name") << "package-0\n";
  std::ofstream(zone + "/energy_uj") << "1\n";
}

}  // namespace powerdown
