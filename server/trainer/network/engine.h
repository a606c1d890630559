// How a model's loss and gradient are computed. The plain engine is the model as written, through
// autograd. The fast ones do the same mathematics with less arithmetic, reassociated: gradients
// agree to rounding (tests/server/trainer/network/engine_test.cc shows how closely).
//
// Not thread-safe. Deterministic on one thread.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>

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

// Loops know MLPs, and transformers of one layer without layer norm; for all else, and for batches
// so small that tables do not pay, the plain engine stands in. kTensors where `device` is not the
// processor.
EngineKind EngineFor(EngineKind wanted, const RunSpec& spec, const TaskTable& table,
                     int64_t batch_size, const std::string& device);
// On the processor, of kind kPlain, kLoops or kFastest, for a model of float or double, which must
// outlive the engine.
std::unique_ptr<Engine> MakeEngine(EngineKind kind, const RunSpec& spec, const TaskTable& table,
                                   int64_t batch_size, Model& model);

}  // namespace powerdown
