// Loss of logits, and its gradient with respect to them, without autograd where the loss is
// cross-entropy. Keeps its buffers between calls. Not thread-safe.
#pragma once

#include <torch/types.h>

#include "common/run/run_spec.h"

namespace powerdown {

template <typename Real>
class FastLoss {
 public:
  explicit FastLoss(const RunSpec& spec) : spec_(spec) {}
  // Mean loss. logits, gradient: [n x classes], rows dense within, any distance apart.
  double Backward(const torch::Tensor& logits, const torch::Tensor& answers,
                  torch::Tensor gradient);

 private:
  const RunSpec spec_;
  torch::Tensor shifted_;
  torch::Tensor exponentials_;
};

// `buffer`, made anew if it has another shape.
void Reshape(torch::Tensor& buffer, at::IntArrayRef sizes, torch::ScalarType type);

// The spec's activation, and its gradient: `gradient` becomes the gradient of `input`.
void ActivateInto(const RunSpec& spec, const torch::Tensor& input, torch::Tensor output);
void BackwardActivate(const RunSpec& spec, const torch::Tensor& input, const torch::Tensor& output,
                      torch::Tensor gradient);

}  // namespace powerdown
