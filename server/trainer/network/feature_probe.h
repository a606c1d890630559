// Measures the features of common/run/features.h on a model. Not thread-safe.
#pragma once

#include <torch/types.h>

#include <vector>

#include "common/run/features.h"
#include "common/task/task.h"
#include "server/trainer/network/model.h"

namespace powerdown {

// One network's.
struct ProbedWeights {
  std::vector<NamedParameter> parameters;
  torch::Tensor flat;  // all of them
  torch::Tensor gradient;
};

class FeatureProbe {
 public:
  // `start`: all weights at step 0, which are kept.
  FeatureProbe(const torch::Tensor& start, const TaskTable& table);

  // `output` is the model's on training examples whose answers these are; the gradient is theirs.
  FeatureValues Measure(const ProbedWeights& weights, const Model::Output& output,
                        const torch::Tensor& answers) const;

 private:
  torch::Tensor start_;  // θ₀
  int64_t symbols_;
  torch::Tensor waves_;  // cosines and sines of each frequency: [2 ⌊p/2⌋, p]
};

// Both for a matrix [rows, columns]. The first multiplies by `waves` as above.
double SpectralConcentration(const torch::Tensor& matrix, const torch::Tensor& waves);
double ParticipationRank(const torch::Tensor& matrix);
// cos(2πνx/p), then sin, for ν = 1 … ⌊p/2⌋.
torch::Tensor WavesOver(int64_t symbols, const torch::TensorOptions& options);

}  // namespace powerdown
