// The networks. Parameters live in one flat buffer, so that the optimiser is one loop and a
// snapshot one copy.
//   mlp          embeddings of the operands one behind the other, hidden layers, unembedding
//   transformer  decoder-only, blocks of attention and MLP on a residual stream; the answer is read
//                at a last position "=". layer_norm: before each part of a block and at the end
//   quadratic    one-hot operands, squared sums of N hidden units, no biases: Gromov 2023 (arXiv
//                2301.02679), initialised as in Doshi et al. 2024: standard deviation 0.5 / ∛(2N)
//
// Not thread-safe. Deterministic: equal spec and seed, equal bits, on one thread.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "common/run/run_spec.h"
#include "common/task/task.h"
#include "server/trainer/network/network.h"

namespace powerdown {

// Pairs as tensors.
struct Batch {
  torch::Tensor questions;  // int64 [n x operands]
  torch::Tensor answers;    // int64 [n]
  int64_t size() const { return answers.size(0); }
};
Batch ToBatch(const Pairs& pairs, torch::Device device = torch::kCPU);

enum class ParameterRole { kEmbedding, kHiddenMap, kUnembedding, kBias, kNorm };

struct NamedParameter {
  std::string name;
  ParameterRole role;
  torch::Tensor value;  // a view into Model::flat()
};

class Model {
 public:
  // Weights are drawn from mt19937_64(spec.seed): embeddings from a normal distribution, linear
  // maps and biases uniform within 1/sqrt(fan-in) (PyTorch's defaults), all times
  // spec.initial_scale; layer norms begin as the identity.
  Model(const RunSpec& spec, const TaskTable& table, torch::Device device,
        torch::ScalarType type = torch::kFloat32);

  struct Output {
    torch::Tensor logits;  // [n x classes]
    torch::Tensor hidden;  // after the last nonlinearity: [n x hidden]
  };
  Output Forward(const torch::Tensor& questions) const;

  torch::Tensor flat() const { return flat_; }
  torch::Tensor gradient() const { return flat_.grad(); }  // after a backward pass
  const std::vector<NamedParameter>& parameters() const { return parameters_; }
  int64_t size() const { return flat_.numel(); }
  void SetWeights(absl::Span<const float> weights);  // size() of them

 private:
  struct Shape {
    std::string name;
    std::vector<int64_t> sizes;
    double normal = 0;   // standard deviation; 0: uniform
    double uniform = 0;  // half-width
    ParameterRole role = ParameterRole::kHiddenMap;
    double constant = 0;  // where there is nothing to draw
  };
  std::vector<Shape> MlpShapes() const;
  std::vector<Shape> TransformerShapes() const;
  std::vector<Shape> QuadraticShapes() const;
  void AddBlock(const std::string& prefix, std::vector<Shape>& shapes) const;
  void AddNorm(const std::string& prefix, std::vector<Shape>& shapes) const;
  void Initialise(const std::vector<Shape>& shapes, torch::Device device, torch::ScalarType type);
  torch::Tensor At(const std::string& name) const;
  Output ForwardMlp(const torch::Tensor& questions) const;
  Output ForwardTransformer(const torch::Tensor& questions) const;
  Output ForwardQuadratic(const torch::Tensor& questions) const;
  torch::Tensor Attend(const std::string& prefix, const torch::Tensor& x) const;
  torch::Tensor Normed(const std::string& prefix, const torch::Tensor& x) const;
  torch::Tensor Positions() const;  // [operands + 1, width], or nothing

  const RunSpec spec_;
  const int64_t operands_;
  const int64_t symbols_;
  const int64_t classes_;
  torch::Tensor flat_;
  std::vector<NamedParameter> parameters_;
};

std::vector<ParameterShape> ShapesOf(const Model& model);

// The spec's nonlinearity.
torch::Tensor Activate(const RunSpec& spec, const torch::Tensor& input);
// [operands + 1, width]: Vaswani et al. 2017 (arXiv 1706.03762), at the length that learned
// positions begin with.
torch::Tensor SinusoidalPositions(int64_t operands, int64_t width, torch::TensorOptions options);

// log of s(z) / Σ s(z) over the last dimension, with s(z) = z + 1 where z ≥ 0, else 1 / (1 − z):
// Prieto et al. 2025 (arXiv 2501.04697). Both branches see only numbers for which they are finite,
// or their gradients would be NaN.
torch::Tensor LogStableMax(const torch::Tensor& logits);
// Mean over the examples, as the spec's loss says.
torch::Tensor LossOf(const RunSpec& spec, const torch::Tensor& logits,
                     const torch::Tensor& answers);
double AccuracyOf(const torch::Tensor& logits, const torch::Tensor& answers);
// Share of hidden units that are off: ≤ 0, or within 1e-6 of 0 where the activation is quadratic.
double SparsityOf(const RunSpec& spec, const torch::Tensor& hidden);

}  // namespace powerdown
