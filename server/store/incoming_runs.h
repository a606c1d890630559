// Runs on their way in from elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run_bundle.h"

namespace powerdown {

// A run that comes with its updates one after another. The last of them is here beforehand.
struct IncomingRun {
  Run run;
  std::vector<LedgerInterval> ledger;
  int64_t updates = 0;
  std::optional<RunUpdate> last;
};
// Gives the updates of all runs in their order, the last of each too; called once for each.
using NextUpdate = std::function<absl::StatusOr<RunUpdate>()>;

// Of bundles that are in memory, which must outlive it.
struct RunsInMemory {
  explicit RunsInMemory(const std::vector<RunBundle>& bundles);
  std::vector<IncomingRun> incoming;
  NextUpdate next;
};

}  // namespace powerdown
