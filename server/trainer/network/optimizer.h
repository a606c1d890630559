// Update rules, all with decoupled weight decay and ten steps of linear warm-up:
//   adamw  Loshchilov and Hutter 2019 (arXiv 1711.05101), β = (0.9, 0.98) as in Power et al. 2022
//   sgd    with momentum: b ← μ b + g;  w ← (1 − ηλ) w − η b
//   muon   Jordan et al. 2024: momentum (Nesterov) made orthogonal by Newton-Schulz iterations, for
//          the maps between embedding and unembedding; scaled by 0.2 √(longer side) so that it
//          moves weights as far as AdamW (Liu et al. 2025, arXiv 2502.16982), which updates all the
//          rest
// and what they may be given instead of the gradient g:
//   grokfast             g + κ m with m ← α m + (1 − α) g, the slow part (Lee et al. 2024, arXiv
//                        2405.20233, "Grokfast-EMA"; κ is its λ)
//   orthogonal_gradient  for each tensor g less its part along the weights, at g's length (Prieto
//   et
//                        al. 2025, arXiv 2501.04697, "⊥Grad"); comes after grokfast
// Not thread-safe. Deterministic on one thread. No allocation a step but muon's.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "common/run/run_spec.h"
#include "server/trainer/network/model.h"

namespace powerdown {

// Part of the flat buffer: one parameter.
struct OptimizerPart {
  int64_t offset = 0;
  int64_t size = 0;
  std::vector<int64_t> sizes;
  double weight_decay = 0;
  bool is_hidden_map = false;  // a matrix that muon makes orthogonal
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // One update of the weights. The gradient may be changed.
  void Step(torch::Tensor weights, torch::Tensor gradient);

  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }
  // Name and value of each buffer that a checkpoint keeps, as long as the weights; written to by
  // whoever restores one.
  struct Buffer {
    std::string name;
    torch::Tensor value;
  };
  const std::vector<Buffer>& buffers() const { return buffers_; }

 protected:
  Optimizer(const RunSpec& spec, std::vector<OptimizerPart> parts);
  virtual void Update(torch::Tensor weights, const torch::Tensor& gradient) = 0;
  torch::Tensor AddBuffer(const std::string& name, const torch::Tensor& weights);
  double Rate() const;  // of this step, warm-up included

  const RunSpec spec_;
  const std::vector<OptimizerPart> parts_;

 private:
  friend std::unique_ptr<Optimizer> MakeOptimizer(const RunSpec&, std::vector<OptimizerPart>,
                                                  const torch::Tensor&);
  int64_t steps_ = 0;
  std::vector<Buffer> buffers_;
  torch::Tensor slow_;  // of grokfast
};

// The parts of a model, each with the weight decay that spec.decay_group gives it.
std::vector<OptimizerPart> PartsOf(const RunSpec& spec, const Model& model);
// `weights` says how many there are, of which type and where.
std::unique_ptr<Optimizer> MakeOptimizer(const RunSpec& spec, std::vector<OptimizerPart> parts,
                                         const torch::Tensor& weights);

// Steps of linear warm-up.
inline constexpr double kWarmUp = 10;
// How far muon moves a map of these sizes, in learning rates.
double MuonScale(const std::vector<int64_t>& sizes);
// Whether a parameter of that role decays.
bool IsDecayed(const std::string& decay_group, ParameterRole role);

// UVᵀ of matrix = UΣVᵀ, roughly: singular values end between 0.7 and 1.2. Five Newton-Schulz
// iterations with Jordan's coefficients. Of [a, b], or of each in [members, a, b].
torch::Tensor Orthogonalised(const torch::Tensor& matrix);

}  // namespace powerdown
