// The step reports that a run has made so far.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection/connection.h"

namespace powerdown {

// All reports of all attempts that the run had made when this is called, in their order. An error
// of `take` ends it.
absl::Status ForEachReport(Connection& connection, const Run& run,
                           const std::function<absl::Status(const StepReport&)>& take);

// The reports that stand: of a repeated step, the last attempt's. OutOfRange if the run has more
// than `most`, all attempts together.
absl::StatusOr<std::vector<StepReport>> FetchReports(
    Connection& connection, const Run& run, int64_t most = std::numeric_limits<int64_t>::max());

}  // namespace powerdown
