// A folder that stands for /sys, with sensors of the hwmon class.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace powerdown {

using SysfsFiles = std::map<std::string, std::string>;  // name → text

inline void WriteSysfs(const std::string& folder, const SysfsFiles& files) {
  for (const auto& [name, text] : files) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
}

// <root>/class/hwmon/<name>, of a driver.
inline std::string AddHwmon(const std::string& root, const std::string& name,
                            const std::string& driver, SysfsFiles files) {
  files["name"] = driver;
  const std::string folder = root + "/class/hwmon/" + name;
  WriteSysfs(folder, files);
  return folder;
}

}  // namespace powerdown
