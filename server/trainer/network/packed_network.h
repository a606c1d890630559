// The networks of model.h as tensors with a leading dimension for the members of a pack: equal
// shapes, own weights and own questions. The same mathematics on every device, with the arithmetic
// of fast_mlp.h and fast_transformer.h: what precedes the first nonlinearity is a table of one row
// a symbol, gathered; of the last block of a transformer only the last position is computed; and
// without layer norm its linear maps are multiplied out. Gradients by autograd, but for the tables
// (row_sums.h). tests/server/trainer/network/packed_network_test.cc compares with the plain model.
//
// Not thread-safe. No host ever waits for the device here.
#pragma once

#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "common/run/run_spec.h"
#include "common/task/task.h"
#include "server/trainer/network/packed_layout.h"
#include "server/trainer/network/row_sums.h"

namespace powerdown {

class PackedNetwork {
 public:
  struct Output {
    torch::Tensor logits;  // [members, n, classes]
    torch::Tensor hidden;  // after the last nonlinearity: [members, n, hidden]
  };

  // weights: [members, layout.stride()], which may change between calls.
  PackedNetwork(const RunSpec& spec, const TaskTable& table, const PackedLayout& layout,
                const torch::Tensor& weights);

  // Which rows of the tables these take. questions: [members, n, operands].
  RowSums RowsOf(const torch::Tensor& questions) const;
  Output Forward(const RowSums& rows) const;
  // Of the weights, into `gradient` [members, stride], from an output that was computed with
  // gradients enabled and the gradient of its logits.
  void Backward(const Output& output, const torch::Tensor& logits_gradient,
                torch::Tensor gradient) const;
  // Additions and multiplications of forward and backward for `examples` questions of each member:
  // products only.
  double StepFlops(int64_t examples) const;

 private:
  // A block's input or output. Before the first block each position's is a row of a table.
  struct Stream {
    torch::Tensor all;   // [members, n * tokens, width]
    torch::Tensor last;  // of the last position: [members, n or 1, width]
  };
  torch::Tensor At(const std::string& name) const { return parameters_.at(name); }
  torch::Tensor Linear(const std::string& weight, const std::string& bias,
                       const torch::Tensor& x) const;
  torch::Tensor Normed(const std::string& prefix, const torch::Tensor& x) const;
  Output ForwardMlp(const RowSums& rows) const;
  Output ForwardTransformer(const RowSums& rows) const;
  torch::Tensor TableOfMlp() const;
  Stream TableOfTransformer() const;
  torch::Tensor AttendOnce(const Stream& table, const RowSums& rows) const;
  torch::Tensor AttendLast(const std::string& prefix, const Stream& stream) const;
  Stream FirstBlock(const Stream& table, const RowSums& rows) const;
  Stream NextBlock(const std::string& prefix, const Stream& stream) const;
  Stream AfterAttention(const std::string& prefix, const torch::Tensor& x,
                        const torch::Tensor& mixed) const;
  torch::Tensor Attend(const torch::Tensor& query, const torch::Tensor& key,
                       const torch::Tensor& value) const;
  Output Answer(const std::string& prefix, const torch::Tensor& last,
                const torch::Tensor& mixed) const;

  const RunSpec spec_;
  const int64_t members_, operands_, tokens_, symbols_, classes_;
  const std::vector<PackedPlace> places_;
  torch::Tensor positions_;                          // sinusoidal ones: [tokens, width]
  std::map<std::string, torch::Tensor> parameters_;  // leaves that share memory with the weights
};

}  // namespace powerdown
