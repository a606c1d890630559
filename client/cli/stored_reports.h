// What a run has reported so far.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "client/connection/connection.h"

namespace powerdown {

// Every report that the run had made at the moment of asking, of every attempt, in the order in
// which they came. An error of `take` ends it.
absl::Status ForEachReport(Connection& connection, const Run& run,
                           const std::function<absl::Status(const StepReport&)>& take);

}  // namespace powerdown
