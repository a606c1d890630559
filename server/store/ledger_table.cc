#include "server/store/ledger_table.h"

#include "server/store/database_file.h"
#include "server/store/field_rows.h"
#include "server/store/update_rows.h"

namespace powerdown {

absl::StatusOr<std::vector<LedgerInterval>> LedgerTable::Read(
    const std::string& consumer_prefix) const {
  return file_.Read(
      [&](DatabaseConnection& database) -> absl::StatusOr<std::vector<LedgerInterval>> {
        const bool is_prefix = !consumer_prefix.empty() && consumer_prefix.back() == '/';
        Statement select(
            database,
            Concat("SELECT ", ColumnList<LedgerInterval>(), " FROM ledger WHERE ",
                   is_prefix ? "consumer >= ?1 AND consumer < ?1 || x'7f'" : "consumer = ?1",
                   " ORDER BY start_us, device, consumer"));
        Parameters(select) << consumer_prefix;
        return ReadRows<LedgerInterval>(select);
      });
}

absl::StatusOr<std::vector<std::vector<LedgerInterval>>> LedgerTable::ReadTotals(
    const std::vector<std::string>& consumer_prefixes) const {
  using Totals = std::vector<std::vector<LedgerInterval>>;
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<Totals> {
    // One transaction, so that the totals are of one moment. total() of lengths, as sum() of whole
    // numbers fails where they are too large.
    SQLite::Transaction moment(database);
    Statement select(
        database,
        "SELECT consumer, device, 0, CAST(total(end_us - start_us) AS INTEGER), sum(joules), "
        "iif(count(*) = count(net_joules), sum(net_joules), NULL), sum(low_joules), "
        "sum(high_joules), iif(count(*) = count(baseline_watts), "
        "sum(baseline_watts * (end_us - start_us)) / total(end_us - start_us), NULL), "
        "source, "
        "sum(coverage * (end_us - start_us)) / total(end_us - start_us), sum(variance), "
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

absl::StatusOr<std::vector<LedgerInterval>> LedgerTable::ReadBoxTotals() const {
  return file_.Read([&](DatabaseConnection& database)
                        -> absl::StatusOr<std::vector<LedgerInterval>> {
    Statement select(
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

absl::StatusOr<std::vector<CounterPosition>> LedgerTable::ReadCounters(
    const std::string& boot_id) const {
  return file_.Read(
      [&](DatabaseConnection& database) -> absl::StatusOr<std::vector<CounterPosition>> {
        Statement select(
            database,
            "SELECT device, position, read_us, boot_id FROM counters_read WHERE boot_id = ?");
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

}  // namespace powerdown
