#include "server/trainer/network/packed_loss.h"

#include <torch/csrc/autograd/autograd.h>

#include <limits>

namespace powerdown {
namespace {

torch::Tensor IsAnswer(const torch::Tensor& logits, const torch::Tensor& answers) {
  return answers.unsqueeze(2).eq(torch::arange(logits.size(2), answers.options()));
}

// Of cross-entropy, as in LossOf: log(1 + S) with log S = logsumexp of others.
struct CrossEntropy {
  CrossEntropy(const torch::Tensor& logits, const torch::Tensor& answers)
      : is_answer(IsAnswer(logits, answers)),
        others((logits - logits.gather(2, answers.unsqueeze(2)))
                   .masked_fill(is_answer, -std::numeric_limits<double>::infinity())),
        log_sum(others.logsumexp(2, /*keepdim=*/true)),
        losses(torch::softplus(log_sum)) {}

  // d/dl_j = exp(l_j - l_y) / (1 + S), and d/dl_y = -S / (1 + S).
  torch::Tensor Gradient() const {
    const torch::Tensor gradient =
        torch::where(is_answer, (log_sum - losses).exp().neg(), (others - losses).exp());
    return gradient / static_cast<double>(losses.size(1));
  }

  torch::Tensor is_answer, others;  // others: l_j - l_y, the answer's own left out
  torch::Tensor log_sum, losses;    // [members, n, 1]
};

}  // namespace

torch::Tensor PackedLossOf(const RunSpec& spec, const torch::Tensor& logits,
                           const torch::Tensor& answers) {
  if (spec.loss == "cross-entropy") return CrossEntropy(logits, answers).losses.mean({1, 2});
  const torch::Tensor is_answer = IsAnswer(logits, answers);
  if (spec.loss == "mse")
    return (logits - is_answer.to(logits.scalar_type())).square().mean({1, 2});
  return LogStableMax(logits).masked_fill(is_answer.logical_not(), 0).sum(2).mean(1).neg();
}

PackedLoss PackedLossWithGradient(const RunSpec& spec, const torch::Tensor& logits,
                                  const torch::Tensor& answers) {
  if (spec.loss == "cross-entropy") {
    const torch::NoGradGuard no_gradient;
    const CrossEntropy entropy(logits.detach(), answers);
    return {entropy.losses.mean({1, 2}), entropy.Gradient()};
  }
  const torch::AutoGradMode with_gradient(true);
  const torch::Tensor leaf = logits.detach().requires_grad_(true);
  const torch::Tensor loss = PackedLossOf(spec, leaf, answers);
  return {loss.detach(), torch::autograd::grad({loss}, {leaf}, {torch::ones_like(loss)})[0]};
}

torch::Tensor PackedRightOf(const torch::Tensor& logits, const torch::Tensor& answers) {
  return logits.argmax(2).eq(answers).sum(1).to(logits.scalar_type());
}

torch::Tensor PackedSparsityOf(const RunSpec& spec, const torch::Tensor& hidden) {
  const torch::Tensor off = spec.activation == "quadratic" || spec.model == "quadratic"
                                ? hidden.abs().lt(1e-6)
                                : hidden.le(0);
  return off.to(hidden.scalar_type()).mean({1, 2});
}

}  // namespace powerdown
