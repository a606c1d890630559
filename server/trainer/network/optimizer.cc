#include "server/trainer/network/optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/trainer/network/adamw.h"

namespace powerdown {
namespace {

torch::Tensor PartOf(const torch::Tensor& flat, const OptimizerPart& part) {
  return flat.narrow(0, part.offset, part.size);
}

class AdamW : public Optimizer {
 public:
  AdamW(const RunSpec& spec, std::vector<OptimizerPart> parts, const torch::Tensor& weights)
      : Optimizer(spec, std::move(parts)),
        mean_(AddBuffer("mean", weights)),
        square_(AddBuffer("square", weights)) {}

 protected:
  void Update(torch::Tensor weights, const torch::Tensor& gradient) override {
    for (const OptimizerPart& part : parts_) UpdatePart(part, weights, gradient);
  }

  void UpdatePart(const OptimizerPart& part, torch::Tensor weights, const torch::Tensor& gradient) {
    if (weights.scalar_type() == torch::kFloat64) return Loop<double>(part, weights, gradient);
    Loop<float>(part, weights, gradient);
  }

 private:
  template <typename Real>
  void Loop(const OptimizerPart& part, const torch::Tensor& weights,
            const torch::Tensor& gradient) {
    const auto at = [&](const torch::Tensor& flat) { return flat.data_ptr<Real>() + part.offset; };
    UpdateAdamW<Real>(steps(), Rate(), part.weight_decay, part.size, at(gradient), at(weights),
                      at(mean_), at(square_));
  }

  torch::Tensor mean_;
  torch::Tensor square_;
};

class Sgd : public Optimizer {
 public:
  Sgd(const RunSpec& spec, std::vector<OptimizerPart> parts, const torch::Tensor& weights)
      : Optimizer(spec, std::move(parts)), momentum_(AddBuffer("momentum", weights)) {}

 protected:
  void Update(torch::Tensor weights, const torch::Tensor& gradient) override {
    momentum_.mul_(spec_.momentum).add_(gradient);
    for (const OptimizerPart& part : parts_) {
      PartOf(weights, part).mul_(1 - Rate() * part.weight_decay);
    }
    weights.sub_(momentum_, Rate());
  }

 private:
  torch::Tensor momentum_;
};

class Muon : public AdamW {
 public:
  Muon(const RunSpec& spec, std::vector<OptimizerPart> parts, const torch::Tensor& weights)
      : AdamW(spec, std::move(parts), weights), momentum_(AddBuffer("momentum", weights)) {}

 protected:
  void Update(torch::Tensor weights, const torch::Tensor& gradient) override {
    for (const OptimizerPart& part : parts_) {
      if (part.is_hidden_map) {
        UpdateMap(part, weights, gradient);
      } else {
        UpdatePart(part, weights, gradient);
      }
    }
  }

 private:
  void UpdateMap(const OptimizerPart& part, torch::Tensor weights, const torch::Tensor& gradient) {
    const torch::Tensor g = PartOf(gradient, part);
    torch::Tensor momentum = PartOf(momentum_, part).mul_(spec_.momentum).add_(g);
    const torch::Tensor ahead = g + spec_.momentum * momentum;
    PartOf(weights, part)
        .mul_(1 - Rate() * part.weight_decay)
        .sub_(Orthogonalised(ahead.view(part.sizes)).flatten(), MuonScale(part.sizes) * Rate());
  }

  torch::Tensor momentum_;
};

// In place, for each tensor on its own.
void RemovePartAlongWeights(const std::vector<OptimizerPart>& parts, const torch::Tensor& weights,
                            const torch::Tensor& gradient) {
  constexpr double kTiny = 1e-30;
  for (const OptimizerPart& part : parts) {
    const torch::Tensor w = PartOf(weights, part);
    torch::Tensor g = PartOf(gradient, part);
    const torch::Tensor length = g.norm();
    g.sub_(w * (torch::dot(w, g) / (torch::dot(w, w) + kTiny)));
    g.mul_(length / (g.norm() + kTiny));
  }
}

}  // namespace

bool IsDecayed(const std::string& decay_group, ParameterRole role) {
  if (decay_group == "all") return true;
  if (decay_group == "hidden") return role == ParameterRole::kHiddenMap;
  return role == ParameterRole::kHiddenMap || role == ParameterRole::kEmbedding ||
         role == ParameterRole::kUnembedding;
}

double MuonScale(const std::vector<int64_t>& sizes) {
  return 0.2 * std::sqrt(static_cast<double>(std::max(sizes[0], sizes[1])));
}

Optimizer::Optimizer(const RunSpec& spec, std::vector<OptimizerPart> parts)
    : spec_(spec), parts_(std::move(parts)) {}

torch::Tensor Optimizer::AddBuffer(const std::string& name, const torch::Tensor& weights) {
  buffers_.push_back({name, torch::zeros_like(weights.detach())});
  return buffers_.back().value;
}

double Optimizer::Rate() const {
  return spec_.learning_rate * std::min(1.0, static_cast<double>(steps_) / kWarmUp);
}

void Optimizer::Step(torch::Tensor weights, torch::Tensor gradient) {
  const torch::NoGradGuard no_gradient;
  ++steps_;
  if (slow_.defined()) {
    if (steps_ == 1) {
      slow_.copy_(gradient);
    } else {
      slow_.mul_(spec_.grokfast_memory).add_(gradient, 1 - spec_.grokfast_memory);
    }
    gradient.add_(slow_, spec_.grokfast);
  }
  if (spec_.orthogonal_gradient == "on") RemovePartAlongWeights(parts_, weights, gradient);
  Update(std::move(weights), gradient);
}

std::vector<OptimizerPart> PartsOf(const RunSpec& spec, const Model& model) {
  std::vector<OptimizerPart> parts;
  int64_t offset = 0;
  for (const NamedParameter& parameter : model.parameters()) {
    OptimizerPart part;
    part.offset = offset;
    part.size = parameter.value.numel();
    part.sizes = parameter.value.sizes().vec();
    part.weight_decay = IsDecayed(spec.decay_group, parameter.role) ? spec.weight_decay : 0;
    part.is_hidden_map = spec.optimizer == "muon" && parameter.role == ParameterRole::kHiddenMap;
    offset += part.size;
    const bool joins = !parts.empty() && !part.is_hidden_map && !parts.back().is_hidden_map &&
                       parts.back().weight_decay == part.weight_decay &&
                       spec.orthogonal_gradient == "off";
    if (!joins) {
      parts.push_back(std::move(part));
    } else {
      parts.back().size += part.size;
    }
  }
  return parts;
}

std::unique_ptr<Optimizer> MakeOptimizer(const RunSpec& spec, std::vector<OptimizerPart> parts,
                                         const torch::Tensor& weights) {
  std::unique_ptr<Optimizer> optimizer;
  if (spec.optimizer == "sgd") {
    optimizer = std::make_unique<Sgd>(spec, std::move(parts), weights);
  } else if (spec.optimizer == "muon") {
    optimizer = std::make_unique<Muon>(spec, std::move(parts), weights);
  } else {
    optimizer = std::make_unique<AdamW>(spec, std::move(parts), weights);
  }
  if (spec.grokfast > 0) optimizer->slow_ = optimizer->AddBuffer("slow_gradient", weights);
  return optimizer;
}

torch::Tensor Orthogonalised(const torch::Tensor& matrix) {
  constexpr double kA = 3.4445;
  constexpr double kB = -4.7750;
  constexpr double kC = 2.0315;
  constexpr int kIterations = 5;
  const bool is_tall = matrix.size(-2) > matrix.size(-1);
  torch::Tensor x = is_tall ? matrix.transpose(-2, -1) : matrix;
  x = x / (x.norm(2, {-2, -1}, /*keepdim=*/true) + 1e-7);
  for (int i = 0; i < kIterations; ++i) {
    const torch::Tensor square = torch::matmul(x, x.transpose(-2, -1));
    x = kA * x + torch::matmul(kB * square + kC * torch::matmul(square, square), x);
  }
  return is_tall ? x.transpose(-2, -1) : x;
}

}  // namespace powerdown
