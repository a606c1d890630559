#include "server/store/meter_table.h"

#include "server/store/database_file.h"
#include "server/store/statements.h"

namespace powerdown {

absl::Status MeterTable::PutBaseline(const StoredBaseline& baseline) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement put(database,
                  "INSERT OR REPLACE INTO baselines (device, power_watts, low_watts, high_watts, "
                  "measured_unix_us, boot_id) VALUES (?, ?, ?, ?, ?, ?)");
    Parameters(put) << baseline.device << baseline.power << baseline.low << baseline.high
                    << baseline.measured_at << baseline.boot_id;
    put.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<StoredBaseline>> MeterTable::FindBaseline(
    const std::string& device) const {
  return file_.Read(
      [&](DatabaseConnection& database) -> absl::StatusOr<std::optional<StoredBaseline>> {
        Statement select(
            database,
            "SELECT device, power_watts, low_watts, high_watts, measured_unix_us, boot_id FROM "
            "baselines WHERE device = ?");
        Parameters(select) << device;
        if (!select.executeStep()) return std::nullopt;
        StoredBaseline baseline;
        Columns(select) >> baseline.device >> baseline.power >> baseline.low >> baseline.high >>
            baseline.measured_at >> baseline.boot_id;
        return baseline;
      });
}

absl::Status MeterTable::PutCalibrationLevel(const CalibrationLevel& level,
                                             const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement put(database,
                  "INSERT OR REPLACE INTO calibrations (device, sensor_watts, plug_watts, "
                  "measured_unix_us) VALUES (?, ?, ?, ?)");
    Parameters(put) << level.device << level.sensor << level.plug << level.measured_at;
    put.exec();
    Remember(database, answer);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<CalibrationLevel>> MeterTable::ReadCalibrationLevels(
    const std::string& device) const {
  return file_.Read(
      [&](DatabaseConnection& database) -> absl::StatusOr<std::vector<CalibrationLevel>> {
        Statement select(database,
                         "SELECT device, sensor_watts, plug_watts, measured_unix_us FROM "
                         "calibrations WHERE device = ? ORDER BY measured_unix_us");
        Parameters(select) << device;
        std::vector<CalibrationLevel> levels;
        while (select.executeStep()) {
          CalibrationLevel& level = levels.emplace_back();
          Columns(select) >> level.device >> level.sensor >> level.plug >> level.measured_at;
        }
        return levels;
      });
}

absl::Status MeterTable::RemoveCalibration(const std::string& device, const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement forget(database, "DELETE FROM calibrations WHERE device = ?");
    Parameters(forget) << device;
    forget.exec();
    Remember(database, answer);
    return absl::OkStatus();
  });
}

}  // namespace powerdown
