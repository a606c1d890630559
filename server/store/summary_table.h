// Summaries of runs that have ended. Triggers of the database note which are to be made, as runs
// end, go on, or are imported (migrations/0006_run_summaries.sql). Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/run/run_summary.h"
#include "server/store/run_table.h"

namespace powerdown {

class DatabaseFile;

// A run whose summary is to be made.
struct DueSummary {
  std::string run_id;
  int64_t change = 0;  // of what it is made from
};

class SummaryTable {
 public:
  explicit SummaryTable(DatabaseFile& file) : file_(file) {}

  // Those that were made with something else are to be made again. Returns how many.
  absl::StatusOr<int64_t> Expire(const std::string& made_with);
  absl::StatusOr<std::vector<DueSummary>> ListDue(int64_t limit) const;
  // Keeps them, in one transaction; leaves out those whose runs changed since they were due. A
  // nullopt is kept too: that summary cannot be made, and is not due again until its run changes.
  using Made = std::pair<DueSummary, std::optional<RunSummary>>;
  absl::Status Put(const std::vector<Made>& summaries);

  // As RunTable::List.
  absl::StatusOr<std::vector<RunOverview>> List(const RunFilter& filter) const;
  // What the ledger says of each run; the outer nullopt where no summary is kept.
  absl::StatusOr<std::vector<std::optional<std::optional<EnergyFigure>>>> ReadEnergy(
      const std::vector<std::string>& run_ids) const;

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
