// A task's questions and answers as tensors, split into training and held-out pairs. Constant after
// construction.
#pragma once

#include <torch/torch.h>

#include "absl/status/statusor.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {

struct Pairs {
  torch::Tensor questions;  // int64 [n x operands]
  torch::Tensor answers;    // int64 [n]
  int64_t size() const { return answers.size(0); }
};

struct Dataset {
  TaskTable table;
  Split split;
  Pairs train;  // with label noise applied
  Pairs validation;
};

// InvalidArgument for a spec that cannot be trained.
absl::StatusOr<Dataset> MakeDataset(const RunSpec& spec);
// Questions of any kind, as tensors.
Pairs MakePairs(const TaskTable& table, const std::vector<int32_t>& rows);

}  // namespace powerdown
