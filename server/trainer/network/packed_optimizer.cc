#include "server/trainer/network/packed_optimizer.h"

#include <cmath>

#include "server/trainer/network/adamw.h"
#include "server/trainer/network/optimizer.h"

namespace powerdown {
namespace {

torch::Tensor ColumnOf(const std::vector<RunSpec>& specs, double RunSpec::*member,
                       const torch::TensorOptions& options) {
  torch::Tensor column = torch::empty({static_cast<int64_t>(specs.size()), 1}, torch::kFloat64);
  for (size_t i = 0; i < specs.size(); ++i) column.data_ptr<double>()[i] = specs[i].*member;
  return column.to(options.dtype()).to(options.device());
}

}  // namespace

PackedOptimizer::PackedOptimizer(const std::vector<RunSpec>& specs, const PackedLayout& layout,
                                 const torch::Tensor& weights)
    : spec_(specs.at(0)),
      parts_(PartsOf(spec_, layout)),
      places_(layout.places()),
      type_(weights.scalar_type()) {
  // In double where there is any: what is computed from the step loses nothing.
  const auto options = torch::dtype(weights.device().is_mps() ? torch::kFloat32 : torch::kFloat64)
                           .device(weights.device());
  learning_rate_ = ColumnOf(specs, &RunSpec::learning_rate, options);
  weight_decay_ = ColumnOf(specs, &RunSpec::weight_decay, options);
  steps_ = torch::zeros({1}, options);
  if (spec_.optimizer == "sgd") {
    momentum_ = AddBuffer("momentum", weights);
  } else {
    mean_ = AddBuffer("mean", weights);
    square_ = AddBuffer("square", weights);
    if (spec_.optimizer == "muon") momentum_ = AddBuffer("momentum", weights);
  }
  if (spec_.grokfast > 0) slow_ = AddBuffer("slow_gradient", weights);
}

std::vector<PackedOptimizer::Part> PackedOptimizer::PartsOf(const RunSpec& spec,
                                                            const PackedLayout& layout) {
  std::vector<Part> parts;
  for (const PackedPlace& place : layout.places()) {
    Part part{place.offset, place.end - place.offset, place.sizes,
              IsDecayed(spec.decay_group, place.role),
              spec.optimizer == "muon" && place.role == ParameterRole::kHiddenMap};
    if (part.is_hidden_map) part.size = place.size;
    const bool joins = !parts.empty() && !part.is_hidden_map && !parts.back().is_hidden_map &&
                       parts.back().is_decayed == part.is_decayed;
    if (joins) {
      parts.back().size += part.size;
    } else {
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

torch::Tensor PackedOptimizer::AddBuffer(const std::string& name, const torch::Tensor& weights) {
  buffers_.push_back({name, torch::zeros_like(weights.detach())});
  return buffers_.back().value;
}

torch::Tensor PackedOptimizer::Keep(const Part& part) const {
  return part.is_decayed ? (1 - rate_ * weight_decay_).to(type_)
                         : torch::ones_like(rate_).to(type_);
}

void PackedOptimizer::Step(torch::Tensor weights, torch::Tensor gradient) {
  const torch::NoGradGuard no_gradient;
  steps_.add_(1);
  rate_ = learning_rate_ * (steps_ / kWarmUp).clamp_max(1);
  if (slow_.defined()) AddSlowPart(gradient);
  if (spec_.orthogonal_gradient == "on") RemovePartAlongWeights(weights, gradient);
  for (const Part& part : parts_) {
    const torch::Tensor w = weights.narrow(1, part.offset, part.size);
    const torch::Tensor g = gradient.narrow(1, part.offset, part.size);
    if (spec_.optimizer == "sgd") {
      UpdateSgd(part, w, g);
    } else if (part.is_hidden_map) {
      UpdateMap(part, w, g);
    } else {
      UpdateAdamW(part, w, g);
    }
  }
}

// The first gradient is the slow part's beginning.
void PackedOptimizer::AddSlowPart(torch::Tensor gradient) {
  const torch::Tensor memory = torch::where(steps_.eq(1), torch::zeros_like(steps_),
                                            torch::full_like(steps_, spec_.grokfast_memory))
                                   .to(type_);
  slow_.mul_(memory).add_(gradient * (1 - memory));
  gradient.add_(slow_, spec_.grokfast);
}

void PackedOptimizer::RemovePartAlongWeights(const torch::Tensor& weights,
                                             const torch::Tensor& gradient) const {
  constexpr double kTiny = 1e-30;
  const auto length = [](const torch::Tensor& x) { return x.norm(2, {1}, /*keepdim=*/true); };
  for (const PackedPlace& place : places_) {
    const torch::Tensor w = weights.narrow(1, place.offset, place.size);
    torch::Tensor g = gradient.narrow(1, place.offset, place.size);
    const torch::Tensor before = length(g);
    g.sub_(w * ((w * g).sum(1, true) / ((w * w).sum(1, true) + kTiny)));
    g.mul_(before / (length(g) + kTiny));
  }
}

void PackedOptimizer::UpdateAdamW(const Part& part, const torch::Tensor& weights,
                                  const torch::Tensor& gradient) {
  torch::Tensor mean = mean_.narrow(1, part.offset, part.size);
  torch::Tensor square = square_.narrow(1, part.offset, part.size);
  mean.lerp_(gradient, 1 - kAdamWBeta1);
  square.mul_(kAdamWBeta2).addcmul_(gradient, gradient, 1 - kAdamWBeta2);
  // 1 - β^t, without the rounding of a power near 1.
  const torch::Tensor length = rate_ / -torch::expm1(steps_ * std::log(kAdamWBeta1));
  const torch::Tensor scale = 1 / (-torch::expm1(steps_ * std::log(kAdamWBeta2))).sqrt();
  const torch::Tensor denominator =
      torch::addcmul((kAdamWEpsilon / length).to(type_), square.sqrt(), (scale / length).to(type_));
  torch::Tensor w = weights;
  w.mul_(Keep(part)).addcdiv_(mean, denominator, -1);
}

void PackedOptimizer::UpdateMap(const Part& part, const torch::Tensor& weights,
                                const torch::Tensor& gradient) {
  torch::Tensor momentum = momentum_.narrow(1, part.offset, part.size);
  momentum.mul_(spec_.momentum).add_(gradient);
  const torch::Tensor ahead = gradient + spec_.momentum * momentum;
  std::vector<int64_t> sizes = {weights.size(0)};
  sizes.insert(sizes.end(), part.sizes.begin(), part.sizes.end());
  const torch::Tensor step = Orthogonalised(ahead.view(sizes)).flatten(1);
  torch::Tensor w = weights;
  w.mul_(Keep(part)).sub_(step * (MuonScale(part.sizes) * rate_).to(type_));
}

void PackedOptimizer::UpdateSgd(const Part& part, const torch::Tensor& weights,
                                const torch::Tensor& gradient) {
  torch::Tensor momentum = momentum_.narrow(1, part.offset, part.size);
  momentum.mul_(spec_.momentum).add_(gradient);
  torch::Tensor w = weights;
  w.mul_(Keep(part)).sub_(momentum * rate_.to(type_));
}

}  // namespace powerdown
