// What was measured once about each device's meter: its baseline, and its calibration against a
// plug meter. Each call commits before it returns. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/energy/units.h"
#include "server/store/answer_table.h"

namespace powerdown {

class DatabaseFile;

// A device's power at rest.
struct StoredBaseline {
  std::string device;
  Watts power;
  Watts low;
  Watts high;
  absl::Time measured_at;
  std::string boot_id;
};

// What a plug meter and a device's sensor showed at the same time.
struct CalibrationLevel {
  std::string device;
  Watts sensor;
  Watts plug;
  absl::Time measured_at;
};

class MeterTable {
 public:
  explicit MeterTable(DatabaseFile& file) : file_(file) {}

  absl::Status PutBaseline(const StoredBaseline& baseline);  // replaces the device's
  absl::StatusOr<std::optional<StoredBaseline>> FindBaseline(const std::string& device) const;

  absl::Status PutCalibrationLevel(const CalibrationLevel& level, const NewAnswer& answer = {});
  absl::StatusOr<std::vector<CalibrationLevel>> ReadCalibrationLevels(
      const std::string& device) const;  // oldest first
  absl::Status RemoveCalibration(const std::string& device, const NewAnswer& answer = {});

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
