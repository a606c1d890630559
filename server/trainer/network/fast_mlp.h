// The MLP with its first layer as a table. With E the embedding and W_k the rows of the first
// weight that operand k meets, the input of hidden unit j is Σ_k (E W_k)[symbol_k, j] + b_j: E W_k
// has one row a symbol, so it is computed once a step and gathered, and gradients are summed by
// symbol before they meet E and W_k. Buffers are kept between steps.
#pragma once

#include <torch/types.h>

#include <vector>

#include "server/trainer/network/engine.h"
#include "server/trainer/network/fast_loss.h"

namespace powerdown {

template <typename Real>
class FastMlp : public Engine {
 public:
  FastMlp(const RunSpec& spec, const TaskTable& table, Model& model);
  double Backward(const Batch& batch, Model::Output& output) override;
  Model::Output Forward(const torch::Tensor& questions) override;
  double StepFlops(int64_t examples) const override;

 private:
  struct Layer {
    torch::Tensor weight, bias;                    // of the model
    torch::Tensor weight_gradient, bias_gradient;  // views into Model::gradient()
  };
  struct Activations {
    std::vector<torch::Tensor> input;   // of each layer's nonlinearity; none for ReLU's first
    std::vector<torch::Tensor> output;  // of each layer's nonlinearity
    torch::Tensor logits;
  };
  void ComputeTable();
  void ForwardInto(const torch::Tensor& questions, Activations& activations);
  void BackwardTable(const torch::Tensor& questions, torch::Tensor hidden_gradient);

  const RunSpec spec_;
  const int64_t operands_;
  const int64_t symbols_;
  const bool is_relu_;
  FastLoss<Real> loss_;
  Layer embedding_;  // no bias
  std::vector<Layer> layers_;
  Layer unembedding_;
  torch::Tensor table_;           // [operands, symbols, hidden]
  torch::Tensor table_gradient_;  // as table_
  torch::Tensor embedding_part_;  // [symbols, width]
  Activations training_;
  Activations held_out_;
  torch::Tensor logits_gradient_;
  std::vector<torch::Tensor> hidden_gradients_;
};

}  // namespace powerdown
