// A task's questions and answers, split into training and held-out pairs. Constant after
// construction.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"
#include "server/trainer/network/network.h"

namespace powerdown {

struct Dataset {
  TaskTable table;
  Split split;
  Pairs train;  // with label noise applied
  Pairs validation;
};

// InvalidArgument for a spec that cannot be trained.
absl::StatusOr<Dataset> MakeDataset(const RunSpec& spec);
// These rows of the table.
Pairs MakePairs(const TaskTable& table, const std::vector<int32_t>& rows);
// How many training pairs a step sees; the last batch of a pass may be smaller.
int64_t BatchSizeOf(const RunSpec& spec, const Dataset& dataset);

}  // namespace powerdown
