// The one-layer transformer, without layer norm, with only the last position computed and all that
// is linear multiplied out once a step.
//
// The last token is always "=", so its query is one vector, and keys and values are functions of
// one operand's symbol: with x a row of X (embedding + position of every operand and symbol, and of
// "="), the score of x in head h is a table entry s_h(x), and with
//   A = [W_up | W_unembed]   (width x (hidden + classes))
//   G = W_output A           (one block of head-size rows a head)
// the row T_h(x) = (x W_value)_h G_h is what x adds, in head h, to the hidden units and to the
// logits. So [hidden input | direct logits] = x_= A + biases + Σ_h Σ_x softmax(s_h)(x) T_h(x), and
// logits = direct + hidden (W_down W_unembed). Softmax weights sum to 1, so T_h is kept as the
// difference to "=".
#pragma once

#include <torch/types.h>

#include "server/trainer/network/engine.h"
#include "server/trainer/network/fast_loss.h"
#include "server/trainer/network/vector_loops.h"

namespace powerdown {

template <typename Real>
class FastTransformer : public Engine {
 public:
  FastTransformer(const RunSpec& spec, const TaskTable& table, Model& model);
  double Backward(const Batch& batch, Model::Output& output) override;
  Model::Output Forward(const torch::Tensor& questions) override;
  double StepFlops(int64_t examples) const override;

 private:
  struct Weights {  // of the model, or views into Model::gradient()
    torch::Tensor embedding, position, query, key, value, output, up, up_bias, down, down_bias,
        unembedding;
  };
  struct Activations {
    torch::Tensor exponentials;  // of scores: [n, operands + 1, heads]
    torch::Tensor attention;     // [n, operands, heads], that on "=" left out
    torch::Tensor both;          // [n, hidden + classes]: input of the hidden units | direct logits
    torch::Tensor hidden;        // [n, hidden]
    torch::Tensor logits;        // [n, classes]
  };
  static Weights ViewsOf(const Model& model, const torch::Tensor& flat);
  void ComputeTables();
  GatherShape ShapeOf(const torch::Tensor& questions) const;
  void Attend(const torch::Tensor& questions, Activations& activations);
  void ForwardInto(const torch::Tensor& questions, Activations& activations);
  void BackwardHidden();
  void BackwardAttention(const torch::Tensor& questions);
  void BackwardTables();
  void BackwardEmbedding();

  const RunSpec spec_;
  const int64_t operands_, symbols_, rows_;  // rows_: operands x symbols
  const int64_t width_, heads_, head_size_, hidden_, classes_;
  Weights weights_, gradients_;
  FastLoss<Real> loss_;

  // Tables of a step; the row after all operands' symbols is that of "=".
  torch::Tensor x_, keys_, values_;  // [rows + 1, width]
  torch::Tensor query_;              // of "=", over the root of the head size: [1, width]
  torch::Tensor scores_;             // [rows + 1, heads]
  torch::Tensor up_and_out_;         // A: [width, hidden + classes]
  torch::Tensor value_out_;          // G: [width, hidden + classes]
  torch::Tensor table_;              // T: [rows + 1, heads, hidden + classes]
  torch::Tensor base_;               // [1, hidden + classes]
  torch::Tensor down_out_;           // W_down W_unembed: [hidden, classes]

  // Gradients with respect to the above.
  torch::Tensor x_gradient_, keys_gradient_, values_gradient_, query_gradient_, scores_gradient_;
  torch::Tensor up_and_out_gradient_, value_out_gradient_, table_gradient_, base_gradient_;
  torch::Tensor down_out_gradient_, both_gradient_, attention_gradient_;

  Activations training_, held_out_;
};

}  // namespace powerdown
