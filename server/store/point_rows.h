// Step reports as far as curves, summaries and watchers need them: without monotonic time and
// features, and fast, as runs have millions. For one thread at a time; throws SQLite::Exception.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/run/report_point.h"
#include "server/store/database_connection.h"
#include "server/store/report_position.h"

namespace powerdown {

// Of one run, by revision.
struct PointRange {
  std::string run_id;
  int64_t first_revision = 0;
  int64_t end_revision = std::numeric_limits<int64_t>::max();  // is not in it
  int64_t limit = -1;                                          // negative: none
};
// Ascending by revision.
std::vector<ReportPoint> ReadPoints(DatabaseConnection& database, const PointRange& range);

// A revision up to which the run has at most `count` reports from revision `first` on, and about as
// many; nullopt if it has no more than these at all. Reads no reports.
std::optional<int64_t> EndOfSlice(DatabaseConnection& database, const std::string& run_id,
                                  int64_t first, int64_t count);

// Those after `last`, ascending by attempt and step, at most `limit`.
void VisitPointsAfter(DatabaseConnection& database, const std::string& run_id,
                      const ReportPosition& last, int64_t limit,
                      const std::function<void(const StepReport&)>& visit);

}  // namespace powerdown
