// Measures the features of common/run/features.h on a model. Not thread-safe.
#pragma once

#include <torch/types.h>

#include "common/run/features.h"
#include "common/task/task.h"
#include "server/trainer/network/model.h"

namespace powerdown {

class FeatureProbe {
 public:
  // While the model has the weights of step 0, which are kept.
  FeatureProbe(const Model& model, const TaskTable& table);

  // `output` is the model's on training examples whose answers these are; the gradient is theirs.
  FeatureValues Measure(const Model& model, const Model::Output& output,
                        const torch::Tensor& answers) const;

 private:
  const torch::Tensor start_;  // θ₀
  const int64_t symbols_;
  torch::Tensor waves_;  // cosines and sines of each frequency: [2 ⌊p/2⌋, p]
};

// Both for a matrix [rows, columns]. The first multiplies by `waves` as above.
double SpectralConcentration(const torch::Tensor& matrix, const torch::Tensor& waves);
double ParticipationRank(const torch::Tensor& matrix);
// cos(2πνx/p), then sin, for ν = 1 … ⌊p/2⌋.
torch::Tensor WavesOver(int64_t symbols, const torch::TensorOptions& options);

}  // namespace powerdown
