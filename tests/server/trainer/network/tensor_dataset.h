// A dataset whose pairs are tensors, as engines take them.
#pragma once

#include <cstdlib>

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

// Where tests of packs run: the processor, or what POWERDOWN_TEST_DEVICE says.
inline torch::Device TestDevice() {
  const char* device = std::getenv("POWERDOWN_TEST_DEVICE");
  return torch::Device(device != nullptr ? device : "cpu");
}

}  // namespace powerdown
