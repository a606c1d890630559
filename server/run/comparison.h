// A usual run against a stopped one: creates the runs of a comparison and computes its bill from
// store and ledger. Thread-safe: it keeps no state of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run.h"
#include "common/run/training_schedule.h"
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
  // The bill so far; `saved` and the rest of the end only once all its runs have ended, and only if
  // none failed or was cancelled. Prefixes of ids are accepted.
  absl::StatusOr<Comparison> Get(const std::string& comparison_id) const;
  absl::StatusOr<std::vector<Comparison>> List(int64_t limit,
                                               const std::string& visible_to = "") const;

 private:
  absl::StatusOr<std::optional<FamilyMedian>> MeasuredMedian(const RunSpec& spec) const;
  absl::StatusOr<Comparison> FromRow(const ComparisonRow& row) const;
  // The run as it stood where the rule stopped it; equal to it when the rule did not.
  absl::StatusOr<Run> StoppedView(const Run& usual, const std::vector<StepReport>& reports) const;
  // What the run's ledger holds from one of its reports to another, over all attempts.
  absl::StatusOr<std::optional<EnergyFigure>> EnergyBetween(const StepReport& from,
                                                            const StepReport& until) const;
  // What the usual run drew after step `stop`, up to its last report, as EnergyAfter says; nullopt
  // where no energy is known. `after` is what the ledger says of that time.
  absl::StatusOr<std::optional<Saving>> SavedAfter(const Run& usual, int64_t stop,
                                                   const std::vector<StepReport>& reports,
                                                   std::optional<EnergyFigure>& after) const;
  absl::Status Bill(Comparison& comparison, const std::vector<StepReport>& reports,
                    const std::optional<FamilyMedian>& median) const;

  RunQueue* const queue_;
  Store* const store_;
  Clock* const clock_;
  IdGenerator* const ids_;
  const FootprintFactors factors_;
};

}  // namespace powerdown
