// Sorts a list of runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/run/run.h"

namespace powerdown {

// By one field: smallest first, or with '-' before its name greatest first. Runs without a value
// come last, equal runs keep their order. Empty: no change. InvalidArgument lists the fields.
absl::Status SortRuns(const std::string& field, std::vector<Run>& runs);

}  // namespace powerdown
