// Runs that train as one batch of tensors, on any device: the same task and shapes; seeds, split,
// noise, initial scale, learning rate and weight decay are each one's own. A run on a GPU is a pack
// of one. What a step does is launched as one CUDA graph where there are any (graph_replay.h), and
// nobody waits for the device but in Backward and where weights, states and features are read.
//
// No type of LibTorch is in this header. Not thread-safe; members may throw what LibTorch throws.
// Equal members, device and calls: equal bits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/run/features.h"
#include "server/trainer/network/network.h"
#include "server/trainer/network/training.h"

namespace powerdown {

struct PackMember {
  RunSpec spec;
  Pairs train;  // as many as the others have; so of validation
  Pairs validation;
};

class Pack {
 public:
  // Rows of the training pairs that each member's step sees, equally many; none: all of them.
  using Rows = std::vector<std::vector<int64_t>>;
  struct Look {
    double batch_loss = 0;  // of the pairs of the last Backward
    TrainingMeasures measures;
  };

  // `device` as FindDevice gives it.
  Pack(const TaskTable& table, const std::vector<PackMember>& members, const std::string& device);
  ~Pack();

  const std::vector<ParameterShape>& parameters() const;  // of each member
  int64_t size() const;                                   // number of its weights
  std::vector<float> Weights(int64_t member) const;
  void SetWeights(int64_t member, absl::Span<const float> weights);
  // Updates so far. Waits for the device.
  int64_t Steps() const;
  OptimizerState GetOptimizerState(int64_t member) const;
  // The number of steps is all members'.
  void SetOptimizerState(int64_t member, const OptimizerState& state);

  // The gradient, and all that Measure tells.
  void Backward(const Rows& rows);
  void Update();
  // Backward and Update with nothing measured.
  void Step(const Rows& rows);

  // After Backward.
  const Look& Measure(int64_t member) const;
  FeatureValues MeasureFeatures(int64_t member) const;
  // The first step whose loss was no number.
  std::optional<int64_t> FirstBadStep(int64_t member) const;

  // Only these members go on, in this order. Update may follow; what is measured needs another
  // Backward.
  void Keep(const std::vector<int64_t>& members);

  // Of all members together.
  double StepFlops() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace powerdown
