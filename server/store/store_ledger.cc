// The energy ledger and the baselines.
#include "server/store/access.h"
#include "server/store/statements.h"
#include "server/store/update_rows.h"

namespace powerdown {

absl::StatusOr<std::vector<LedgerInterval>> Store::ReadLedger(
    const std::string& consumer_prefix) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<LedgerInterval>> {
    const bool is_prefix = !consumer_prefix.empty() && consumer_prefix.back() == '/';
    SQLite::Statement select(
        database,
        std::string("SELECT device, consumer, start_us, end_us, joules, net_joules, low_joules, "
                    "high_joules, baseline_watts, source, coverage, variance, net_low_joules, "
                    "net_high_joules FROM ledger WHERE ") +
            (is_prefix ? "consumer >= ?1 AND consumer < ?1 || x'7f'" : "consumer = ?1") +
            " ORDER BY start_us, device, consumer");
    Parameters(select) << consumer_prefix;
    std::vector<LedgerInterval> intervals;
    while (select.executeStep()) {
      LedgerInterval& interval = intervals.emplace_back();
      Columns(select) >> interval.device >> interval.consumer >> interval.start >> interval.end >>
          interval.joules >> interval.net >> interval.low >> interval.high >> interval.baseline >>
          interval.source >> interval.coverage >> interval.variance >> interval.net_low >>
          interval.net_high;
    }
    return intervals;
  });
}

absl::StatusOr<std::vector<CounterPosition>> Store::ReadCounters(const std::string& boot_id) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<CounterPosition>> {
    SQLite::Statement select(
        database, "SELECT device, position, read_us, boot_id FROM counters_read WHERE boot_id = ?");
    Parameters(select) << boot_id;
    std::vector<CounterPosition> positions;
    while (select.executeStep()) {
      CounterPosition& position = positions.emplace_back();
      Columns(select) >> position.device >> position.position >> position.read_at >>
          position.boot_id;
    }
    return positions;
  });
}

absl::StatusOr<std::vector<std::vector<LedgerInterval>>> Store::ReadLedgerTotals(
    const std::vector<std::string>& consumer_prefixes) const {
  using Totals = std::vector<std::vector<LedgerInterval>>;
  return Read([&](SQLite::Database& database) -> absl::StatusOr<Totals> {
    // One transaction, so that the totals are of one moment.
    SQLite::Transaction moment(database);
    SQLite::Statement select(
        database,
        "SELECT consumer, device, 0, sum(end_us - start_us), sum(joules), "
        "iif(count(*) = count(net_joules), sum(net_joules), NULL), sum(low_joules), "
        "sum(high_joules), iif(count(*) = count(baseline_watts), "
        "sum(baseline_watts * (end_us - start_us)) / sum(end_us - start_us), NULL), "
        "source, "
        "sum(coverage * (end_us - start_us)) / sum(end_us - start_us), sum(variance), "
        "iif(count(*) = count(net_low_joules), sum(net_low_joules), NULL), "
        "iif(count(*) = count(net_high_joules), sum(net_high_joules), NULL) "
        "FROM ledger WHERE consumer >= ?1 AND consumer < ?1 || x'7f' GROUP BY consumer, device, "
        "source");
    Totals totals;
    for (const std::string& prefix : consumer_prefixes) {
      std::vector<LedgerInterval>& intervals = totals.emplace_back();
      Parameters(select) << prefix;
      while (select.executeStep()) {
        LedgerInterval& interval = intervals.emplace_back();
        Columns(select) >> interval.consumer >> interval.device >> interval.start >> interval.end >>
            interval.joules >> interval.net >> interval.low >> interval.high >> interval.baseline >>
            interval.source >> interval.coverage >> interval.variance >> interval.net_low >>
            interval.net_high;
      }
    }
    return totals;
  });
}

absl::StatusOr<std::vector<LedgerInterval>> Store::ReadBoxTotals() const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<LedgerInterval>> {
    SQLite::Statement select(
        database,
        "SELECT substr(consumer, 1, iif(instr(consumer, '/') > 0, instr(consumer, '/'), 99)) AS "
        "kind, device, sum(joules), sum(net_joules), sum(low_joules), sum(high_joules), source "
        "FROM ledger WHERE boot_id <> ? GROUP BY kind, device, source, net_joules IS NULL");
    Parameters(select) << std::string(kNoBoot);
    std::vector<LedgerInterval> totals;
    while (select.executeStep()) {
      LedgerInterval& total = totals.emplace_back();
      Columns(select) >> total.consumer >> total.device >> total.joules >> total.net >> total.low >>
          total.high >> total.source;
    }
    return totals;
  });
}

absl::Status Store::PutCalibrationLevel(const CalibrationLevel& level) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement put(database,
                          "INSERT OR REPLACE INTO calibrations (device, sensor_watts, plug_watts, "
                          "measured_unix_us) VALUES (?, ?, ?, ?)");
    Parameters(put) << level.device << level.sensor << level.plug << level.measured_at;
    put.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<CalibrationLevel>> Store::ReadCalibrationLevels(
    const std::string& device) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<CalibrationLevel>> {
    SQLite::Statement select(database,
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

absl::Status Store::ForgetCalibration(const std::string& device) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement forget(database, "DELETE FROM calibrations WHERE device = ?");
    Parameters(forget) << device;
    forget.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<int64_t>> Store::FindCounter(const std::string& name) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::optional<int64_t>> {
    SQLite::Statement select(database, "SELECT value FROM counters WHERE name = ?");
    Parameters(select) << name;
    if (!select.executeStep()) return std::nullopt;
    return select.getColumn(0).getInt64();
  });
}

absl::Status Store::PutCounter(const std::string& name, int64_t value) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement put(database, "INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)");
    Parameters(put) << name << value;
    put.exec();
    return absl::OkStatus();
  });
}

absl::Status Store::PutBaseline(const StoredBaseline& baseline) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement put(
        database,
        "INSERT OR REPLACE INTO baselines (device, power_watts, low_watts, high_watts, "
        "measured_unix_us, boot_id) VALUES (?, ?, ?, ?, ?, ?)");
    Parameters(put) << baseline.device << baseline.power << baseline.low << baseline.high
                    << baseline.measured_at << baseline.boot_id;
    put.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<StoredBaseline>> Store::FindBaseline(const std::string& device) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::optional<StoredBaseline>> {
    SQLite::Statement select(
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

}  // namespace powerdown
