// Step reports as text, from this program's own export or from a training loop written elsewhere.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run.h"

namespace powerdown {

// CSV with a header line, or one JSON object a line; told apart by the first character. `step`,
// `train_accuracy` and `validation_accuracy` must be there; the other names of a step report (see
// docs/interface.md) are read where they are, other columns are ignored. What a log lacks is NaN or
// absent, its `attempt` is 1. Steps ascend within an attempt, accuracies are fractions.
// InvalidArgument: one line that names `file_name`, the line, and what is allowed.
absl::StatusOr<std::vector<StepReport>> ParseRunLog(std::string_view text,
                                                    std::string_view file_name);

}  // namespace powerdown
