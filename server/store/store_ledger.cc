// The energy ledger and the baselines.
#include "server/store/access.h"
#include "server/store/statements.h"

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

<<<<<<< HEAD
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
=======
absl::StatusOr<std::vector<std::vector<LedgerInterval>>> Store::ReadLedgerTotals(
    const std::vector<std::string>& consumer_prefixes) const {
  using Totals = std::vector<std::vector<LedgerInterval>>;
  return Read([&](SQLite::Database& database) -> absl::StatusOr<Totals> {
    // One transaction, so that the totals are of one moment.
    SQLite::Transaction moment(database);
    SQLite::Statement select(
        database,
        "SELECT device, 0, sum(end_us - start_us), sum(joules), "
        "iif(count(*) = count(net_joules), sum(net_joules), NULL), sum(low_joules), "
        "sum(high_joules), iif(count(*) = count(baseline_watts), "
        "sum(baseline_watts * (end_us - start_us)) / sum(end_us - start_us), NULL), "
        "iif(min(source) = max(source), min(source), 'mixed'), "
        "sum(coverage * (end_us - start_us)) / sum(end_us - start_us) "
        "FROM ledger WHERE consumer >= ?1 AND consumer < ?1 || x'7f' GROUP BY device");
    Totals totals;
    for (const std::string& prefix : consumer_prefixes) {
      std::vector<LedgerInterval>& intervals = totals.emplace_back();
      Parameters(select) << prefix;
      while (select.executeStep()) {
        LedgerInterval& interval = intervals.emplace_back();
        interval.consumer = prefix;
        Columns(select) >> interval.device >> interval.start >> interval.end >> interval.joules >>
            interval.net >> interval.low >> interval.high >> interval.baseline >> interval.source >>
            interval.coverage;
      }
    }
    return totals;
>>>>>>> 9108560193fc17bdbb62bdd876b6eb83fc7cb3fe
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
