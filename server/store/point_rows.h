// Step reports as far as curves, summaries and watchers need them: without monotonic time and
// features, and fast, as runs have millions. For one thread at a time; throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/Database.h>

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/run/run.h"
#include "server/store/report_position.h"

namespace powerdown {

struct PointRow {
  int64_t revision = 0;
  int64_t attempt = 0;
  int64_t step = 0;
  int64_t time_unix_us = 0;
  // Losses and accuracies of training and validation in turn, norms of gradient and weights,
  // sparsity, power, energy; NaN where not known.
  std::array<double, 9> values = {};
};
// All of `report` that a row has, but for the run.
void SetPoint(const PointRow& row, StepReport& report);

// Of one run, by revision.
struct PointRange {
  std::string run_id;
  int64_t first_revision = 0;
  int64_t end_revision = std::numeric_limits<int64_t>::max();  // is not in it
  int64_t limit = -1;                                          // negative: none
};
// Ascending by revision.
std::vector<PointRow> ReadPoints(SQLite::Database& database, const PointRange& range);
void VisitPoints(SQLite::Database& database, const PointRange& range,
                 const std::function<void(const StepReport&)>& visit);

// The revision of the run's report that is `count` reports after its first one with at least
// revision `first`; nullopt if there are not so many. Reads an index alone.
std::optional<int64_t> RevisionAfter(SQLite::Database& database, const std::string& run_id,
                                     int64_t first, int64_t count);

// Those after `last`, ascending by attempt and step, at most `limit`.
void VisitPointsAfter(SQLite::Database& database, const std::string& run_id,
                      const ReportPosition& last, int64_t limit,
                      const std::function<void(const StepReport&)>& visit);

}  // namespace powerdown
