// A dataset whose pairs are tensors, as engines take them.
#pragma once

#include "server/trainer/dataset.h"
#include "server/trainer/network/model.h"

namespace powerdown {

struct TensorDataset {
  explicit TensorDataset(const RunSpec& spec) : TensorDataset(MakeDataset(spec).value()) {}
  explicit TensorDataset(const Dataset& dataset)
      : table(dataset.table),
        train(ToBatch(dataset.train)),
        validation(ToBatch(dataset.validation)) {}

  TaskTable table;
  Batch train;
  Batch validation;
};

}  // namespace powerdown
