// How a model's loss and gradient are computed. The plain engine is the model as written, through
// autograd. The fast ones do the same mathematics with less arithmetic, reassociated: gradients
// agree to rounding (tests/server/trainer/network/engine_test.cc shows how closely).
//
// Not thread-safe. Deterministic on one thread.
#pragma once

#include <torch/types.h>

#include <memory>

#include "common/run/run_spec.h"
#include "server/trainer/network/model.h"

namespace powerdown {

class Engine {
 public:
  virtual ~Engine() = default;
  // Mean loss over the batch; its gradient is then model.gradient(). The logits and hidden units of
  // the batch are valid until the next call of either function.
  virtual double Backward(const Batch& batch, Model::Output& output) = 0;
  // Valid until the next call.
  virtual Model::Output Forward(const torch::Tensor& questions) = 0;
  // Additions and multiplications of Backward for `examples` questions, matrix products and gathers
  // only: forward, and twice that backward.
  virtual double StepFlops(int64_t examples) const = 0;
};

// The fast engines know float and double on the CPU, MLPs, and transformers of one layer without
// layer norm; for all else, and for batches so small that tables do not pay, the plain one is made.
// `model` must outlive the engine.
std::unique_ptr<Engine> MakeEngine(EngineKind kind, const RunSpec& spec, const TaskTable& table,
                                   int64_t batch_size, Model& model);

}  // namespace powerdown
