#include "server/run/calibrations.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

constexpr absl::Duration kAveraged = absl::Seconds(5);
constexpr Watts kMostPlug(100e3);

}  // namespace

absl::StatusOr<Calibrations::Standing> Calibrations::ApplyLocked(const std::string& device) {
  ASSIGN_OR_RETURN(const std::vector<CalibrationLevel> levels,
                   store_.meters().ReadCalibrationLevels(device));
  std::vector<CalibrationPoint> points;
  for (const CalibrationLevel& level : levels) {
    points.push_back({level.sensor, level.plug, level.measured_at});
  }
  Standing standing{static_cast<int64_t>(points.size()),
                    points.empty() ? Watts(0) : points.back().sensor, FitCalibration(points)};
  if (standing.fit.is_usable) {
    sampler_.Calibrate(device, standing.fit.calibration);
  } else {
    sampler_.Uncalibrate(device);
  }
  return standing;
}

absl::Status Calibrations::Apply(const std::string& device) {
  absl::MutexLock lock(&mutex_);
  return ApplyLocked(device).status();
}

absl::StatusOr<Calibrations::Standing> Calibrations::Add(const std::string& device, Watts plug,
                                                         Instant now, const NewAnswer& answer) {
  if (!(plug > Watts(0) && plug <= kMostPlug)) {
    return absl::InvalidArgumentError(
        "calibration: the plug meter's reading, less the power of other parts, must be above 0 W "
        "and at most 100 kW");
  }
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const Watts sensor, sampler_.SensorPower(device, now.monotonic - kAveraged));
  RETURN_IF_ERROR(store_.meters().PutCalibrationLevel({device, sensor, plug, now.wall}, answer));
  return ApplyLocked(device);
}

absl::StatusOr<Calibrations::Standing> Calibrations::Get(const std::string& device) {
  absl::MutexLock lock(&mutex_);
  return ApplyLocked(device);
}

absl::StatusOr<Calibrations::Standing> Calibrations::Forget(const std::string& device,
                                                            const NewAnswer& answer) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(store_.meters().RemoveCalibration(device, answer));
  return ApplyLocked(device);
}

}  // namespace powerdown
