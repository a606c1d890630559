// The energy ledger, and where each device's counter stood when it was last booked. Rows are
// appended with CommitGroup. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/energy/energy.h"

namespace powerdown {

class DatabaseFile;

// Where a device's counter stood after the ledger rows of the same commit.
struct CounterPosition {
  std::string device;
  std::string position;    // in the meter's own notation
  absl::Duration read_at;  // monotonic
  std::string boot_id;
};

class LedgerTable {
 public:
  explicit LedgerTable(DatabaseFile& file) : file_(file) {}

  // By consumer, exact or by a prefix that ends in '/' ("run/<id>/"), ascending by start.
  absl::StatusOr<std::vector<LedgerInterval>> Read(const std::string& consumer_prefix) const;
  // For each consumer prefix, its ledger with one interval for each consumer, device and source: as
  // long as all of those together, and adding up to the same figure.
  absl::StatusOr<std::vector<std::vector<LedgerInterval>>> ReadTotals(
      const std::vector<std::string>& consumer_prefixes) const;
  // All that this box booked, one interval for each kind of consumer ("run/", "quiz/",
  // "unattributed"), device and source, with and without net; imported runs are not in it.
  absl::StatusOr<std::vector<LedgerInterval>> ReadBoxTotals() const;
  // Of this boot.
  absl::StatusOr<std::vector<CounterPosition>> ReadCounters(const std::string& boot_id) const;

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
