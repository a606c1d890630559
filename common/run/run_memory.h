// How much memory a worker needs for a spec on a CPU, by the buffers that the engines in
// server/trainer/network keep. Pure.
//
// tests/journeys/memory.py measures real workers against it.
#pragma once

#include <cstdint>

#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {

// Pairs that are scored at once: the rest of a large task takes its turn, so that an evaluation
// needs no more memory than a step.
inline constexpr int64_t kMostScoredPairs = 16384;

// In bytes.
struct MemoryNeed {
  double step = 0;        // what one training step keeps for its backward pass
  double evaluation = 0;  // of kMostScoredPairs, or of the larger side of the split
  double state = 0;       // weights, optimiser, snapshots, a checkpoint being written, tables
  double total() const;   // with the program and its libraries
};

// `train_pairs`: of the split; the rest is held out.
MemoryNeed MemoryOf(const RunSpec& spec, const TaskTable& table, int64_t train_pairs);
// The number of weights.
double WeightsOf(const RunSpec& spec, const TaskTable& table);

}  // namespace powerdown
