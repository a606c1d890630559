// A network in training: loss and gradient, update, and what is measured on the way. The worker
// decides when; no type of LibTorch is in this header. Not thread-safe; members may throw what
// LibTorch throws. Equal spec and seed, equal calls: equal bits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/run/features.h"
#include "server/trainer/network/network.h"

namespace powerdown {

// What an optimiser needs to go on where it was.
struct OptimizerState {
  struct Buffer {
    std::string name;
    std::vector<float> values;  // as many as there are weights
  };
  int64_t steps = 0;
  std::vector<Buffer> buffers;
};

class Training {
 public:
  struct Score {
    double loss = 0;
    double accuracy = 0;
  };

  // `device` as FindDevice gives it. batch_size: how many pairs most steps see.
  Training(const RunSpec& spec, const TaskTable& table, const Pairs& train, const Pairs& validation,
           int64_t batch_size, const std::string& device, EngineKind kind);
  ~Training();

  const std::vector<ParameterShape>& parameters() const;
  int64_t size() const;  // number of weights
  // Valid until the next call of this, or of a function that changes the weights.
  absl::Span<const float> Weights();
  void SetWeights(absl::Span<const float> weights);
  OptimizerState GetOptimizerState() const;
  void SetOptimizerState(const OptimizerState& state);  // of the same optimiser

  // Mean loss over all training pairs, or over these rows of them. Its gradient is kept for Update
  // and for what is measured below.
  double Backward();
  double Backward(const std::vector<int64_t>& rows);
  void Update();

  // Of the pairs of the last Backward.
  double BatchAccuracy() const;
  double ActivationSparsity() const;
  FeatureValues MeasureFeatures() const;
  double GradientNorm() const;
  double WeightNorm() const;
  Score ScoreTrain();
  Score ScoreValidation();

  // Additions and multiplications of a step.
  double StepFlops() const;

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace powerdown
