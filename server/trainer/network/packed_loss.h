// Losses of a pack: those of LossOf in model.h, for each member. No host ever waits here.
#pragma once

#include <torch/types.h>

#include "common/run/run_spec.h"

namespace powerdown {

struct PackedLoss {
  torch::Tensor loss;      // mean over a member's examples: [members]
  torch::Tensor gradient;  // of those with respect to the logits: [members, n, classes]
};

// logits: [members, n, classes], answers: [members, n].
torch::Tensor PackedLossOf(const RunSpec& spec, const torch::Tensor& logits,
                           const torch::Tensor& answers);
PackedLoss PackedLossWithGradient(const RunSpec& spec, const torch::Tensor& logits,
                                  const torch::Tensor& answers);
// How many answers are right, exact up to 2^24 of them: [members].
torch::Tensor PackedRightOf(const torch::Tensor& logits, const torch::Tensor& answers);
// As SparsityOf in model.h: [members].
torch::Tensor PackedSparsityOf(const RunSpec& spec, const torch::Tensor& hidden);

}  // namespace powerdown
