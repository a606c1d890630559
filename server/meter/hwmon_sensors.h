// Which sensors of the kernel's hwmon class tell the energy or power of a GPU or of the whole
// machine, by the driver's name. Reads sysfs once; no threads.
// https://docs.kernel.org/hwmon/sysfs-interface.html and the drivers' own pages.
#pragma once

#include <string>
#include <vector>

#include "server/meter/power_meter.h"

namespace powerdown {

// Exactly one of energy, power, and current with voltage is given.
struct HwmonSensor {
  MeterDescription description;
  std::string energy_file;   // microjoules since the driver was loaded
  Joules range;              // the counter wraps here; 0: never
  std::string power_file;    // microwatts
  std::string current_file;  // milliamperes, of all of current_ and voltage_file
  std::string voltage_file;  // millivolts
  std::string limit_file;    // microwatts; empty: the device tells no limit
  std::string busy_file;     // percent that a GPU is in use; empty: nobody tells
  std::string state_file;  // "suspended" while reading would wake the device; empty: it always may
};

struct HwmonSensors {
  std::vector<HwmonSensor> gpus;
  // Of all that the machine draws, and of which the first is the best. They contain what others
  // measure.
  std::vector<HwmonSensor> systems;
  std::vector<MeterStatus> refused;  // those that cannot be read, or would count twice
};

// Below <sysfs_root>/class/hwmon:
//   amdgpu                 power1_average, else power1_input, of cards with a power limit: an APU
//   has
//                          none, and its figure contains the processor
//   xe, i915               energy1_input, of discrete cards only
//   power_meter (ACPI)     power1_average
//   ina3221, ina238 (Jetson)  the rail that feeds the board, labelled VDD_IN or POM_5V_IN
// and the RAPL zone psys where a machine has no zone of a processor.
HwmonSensors FindHwmonSensors(const std::string& sysfs_root);

}  // namespace powerdown
