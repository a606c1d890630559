// The order of a list of runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/run/run.h"

namespace powerdown {

// By one field, smallest first, or greatest first with '-' before its name; runs without a value
// come last, equal ones keep their order. Empty: as they are. InvalidArgument lists the fields.
absl::Status SortRuns(const std::string& field, std::vector<Run>& runs);

}  // namespace powerdown
