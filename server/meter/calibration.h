// Calibrates a sensor with a plug meter: fits a line through their readings at several load levels.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/energy/units.h"
#include "server/meter/metered_device.h"

namespace powerdown {

struct CalibrationPoint {
  Watts sensor;
  Watts plug;
  absl::Time measured_at;
};

struct CalibrationFit {
  Calibration calibration;
  bool is_usable = false;
  std::string advice;  // what would make it usable, or better; empty if nothing
};

// Least squares. Usable from two load levels at least a fifth of the highest apart, with a band of
// 5%; from five levels on with twice the scatter around the line, but no less than 3%.
CalibrationFit FitCalibration(const std::vector<CalibrationPoint>& points);

}  // namespace powerdown
