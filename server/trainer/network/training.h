// A network in training: loss and gradient, update, and what is measured on the way. The worker
// decides when; no type of LibTorch is in this header. Not thread-safe; members may throw what
// LibTorch throws. Equal spec and seed, equal engine, equal calls: equal bits.
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

// Of one state of the weights.
struct TrainingMeasures {
  double train_loss = 0;  // over all training pairs
  double train_accuracy = 0;
  double validation_loss = 0;
  double validation_accuracy = 0;
  double gradient_norm = 0;
  double weight_norm = 0;
  double activation_sparsity = 0;  // over the pairs of the last Backward
};

class Training {
 public:
  virtual ~Training() = default;

  virtual EngineKind engine() const = 0;  // kPlain, kLoops or kTensors
  virtual const std::vector<ParameterShape>& parameters() const = 0;
  virtual int64_t size() const = 0;  // number of weights
  // Valid until the next call of this, or of a function that changes the weights.
  virtual absl::Span<const float> Weights() = 0;
  virtual void SetWeights(absl::Span<const float> weights) = 0;
  virtual OptimizerState GetOptimizerState() const = 0;
  virtual void SetOptimizerState(const OptimizerState& state) = 0;  // of the same optimiser

  // Mean loss over these rows of the training pairs, or over all of them if there are none. Its
  // gradient is kept for Update and for what is measured.
  virtual double Backward(const std::vector<int64_t>& rows) = 0;
  virtual void Update() = 0;
  // Backward and Update, with nothing looked at in between. The loss, without an update if that is
  // no number; of a device, for which nobody waits here, that of the last Backward.
  virtual double Step(const std::vector<int64_t>& rows) = 0;
  // The first step whose loss was no number, where it was not known at once; `now` if there was
  // none. To be asked after Backward.
  virtual int64_t FirstBadStep(int64_t now) const = 0;

  // After Backward.
  virtual TrainingMeasures Measure() = 0;
  virtual FeatureValues MeasureFeatures() const = 0;

  // Additions and multiplications of a step.
  virtual double StepFlops() const = 0;
};

// `device` as FindDevice gives it; plain modules and loops know the processor alone. batch_size:
// how many pairs most steps see.
std::unique_ptr<Training> MakeTraining(const RunSpec& spec, const TaskTable& table,
                                       const Pairs& train, const Pairs& validation,
                                       int64_t batch_size, const std::string& device,
                                       EngineKind kind);

}  // namespace powerdown
