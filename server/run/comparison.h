// Usual against stopped: creates the runs of a comparison and computes its bill from store and
// ledger. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run.h"
#include "common/training_schedule.h"
#include "server/run/run_queue.h"
#include "server/store/store.h"

namespace powerdown {

struct CompareRequest {
  RunSpec spec;
  ComparisonMode mode = ComparisonMode::kShared;
  ScheduleRequest schedule;
  std::string owner;
  std::string request_id;
  bool validate_only = false;
};

class Comparisons {
 public:
  Comparisons(RunQueue* queue, Store* store, Clock* clock, IdGenerator* ids,
              FootprintFactors factors);
  // Shared: one run, auto_stop=observe, whose prefix is the stopped side. Parallel: two runs.
  absl::StatusOr<Comparison> Create(const CompareRequest& request);
  // The bill so far; `saved` and the rest of the end only once all its runs have ended.
  absl::StatusOr<Comparison> Get(const std::string& comparison_id) const;
  absl::StatusOr<std::vector<Comparison>> List(int64_t limit) const;
};

}  // namespace powerdown
