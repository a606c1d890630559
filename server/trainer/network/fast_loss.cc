#include "server/trainer/network/fast_loss.h"

#include "server/trainer/network/model.h"
#include "server/trainer/network/vector_loops.h"

namespace powerdown {

void Reshape(torch::Tensor& buffer, at::IntArrayRef sizes, torch::ScalarType type) {
  if (!buffer.defined() || buffer.sizes() != sizes) buffer = torch::empty(sizes, type);
}

template <typename Real>
double FastLoss<Real>::Backward(const torch::Tensor& logits, const torch::Tensor& answers,
                                torch::Tensor gradient) {
  if (spec_.loss != "cross-entropy") {
    const torch::AutoGradMode with_gradient(true);
    const torch::Tensor leaf = logits.detach().clone().requires_grad_(true);
    const torch::Tensor loss = LossOf(spec_, leaf, answers);
    loss.backward();
    gradient.copy_(leaf.grad());
    return loss.item<double>();
  }
  const int64_t rows = logits.size(0);
  const int64_t size = logits.size(1);
  Reshape(shifted_, logits.sizes(), logits.scalar_type());
  Reshape(exponentials_, logits.sizes(), logits.scalar_type());
  ShiftByMaximum(logits.data_ptr<Real>(), rows, size, logits.stride(0), shifted_.data_ptr<Real>());
  torch::exp_out(exponentials_, shifted_);
  const double sum = CrossEntropyGradient(shifted_.data_ptr<Real>(), exponentials_.data_ptr<Real>(),
                                          answers.data_ptr<int64_t>(), rows, size,
                                          gradient.stride(0), gradient.data_ptr<Real>());
  return sum / static_cast<double>(rows);
}

template class FastLoss<float>;
template class FastLoss<double>;

void ActivateInto(const RunSpec& spec, const torch::Tensor& input, torch::Tensor output) {
  if (spec.activation == "gelu") {
    torch::gelu_out(output, input);
  } else if (spec.activation == "silu") {
    torch::silu_out(output, input);
  } else if (spec.activation == "quadratic") {
    torch::mul_out(output, input, input);
  } else {
    torch::clamp_min_out(output, input, 0);
  }
}

void BackwardActivate(const RunSpec& spec, const torch::Tensor& input, const torch::Tensor& output,
                      torch::Tensor gradient) {
  if (spec.activation == "gelu") {
    gradient.copy_(torch::gelu_backward(gradient, input));
  } else if (spec.activation == "silu") {
    gradient.copy_(torch::silu_backward(gradient, input));
  } else if (spec.activation == "quadratic") {
    gradient.mul_(input).mul_(2);
  } else {
    torch::threshold_backward_out(gradient, gradient, output, 0);
  }
}

}  // namespace powerdown
