#include "server/trainer/network/feature_probe.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace powerdown {
namespace {

constexpr int64_t kMostExamples = 512;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

class Values {
 public:
  Values() : values_(Features().size(), kNone) {}
  void Set(Feature feature, double value) { values_[static_cast<size_t>(feature)] = value; }
  FeatureValues Take() { return std::move(values_); }

 private:
  FeatureValues values_;
};

double Cosine(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::dot(a, b).item<double>() / (a.norm().item<double>() * b.norm().item<double>());
}

double NormOf(const ProbedWeights& weights, ParameterRole role) {
  double square = 0;
  for (const NamedParameter& parameter : weights.parameters) {
    if (parameter.role != role) continue;
    const double norm = parameter.value.detach().norm().item<double>();
    square += norm * norm;
  }
  return square > 0 ? std::sqrt(square) : kNone;
}

// The first with that role.
torch::Tensor MatrixOf(const ProbedWeights& weights, ParameterRole role) {
  for (const NamedParameter& parameter : weights.parameters) {
    if (parameter.role == role) return parameter.value.detach();
  }
  return {};
}

void SetLogitFeatures(const torch::Tensor& logits, const torch::Tensor& answers, Values& values) {
  const torch::Tensor right = answers.unsqueeze(1);
  const torch::Tensor others = (logits - logits.gather(1, right))
                                   .scatter(1, right, -std::numeric_limits<double>::infinity());
  values.Set(Feature::kLogitScale, logits.abs().mean().item<double>());
  values.Set(Feature::kMargin, -others.amax(1).mean().item<double>());
  // exp below 2^-24 adds nothing to the 1 of the right answer.
  const torch::Tensor is_collapsed = others.logsumexp(1).lt(-24 * std::log(2.0));
  values.Set(Feature::kCollapsedShare, is_collapsed.to(torch::kFloat32).mean().item<double>());
}

double HoyerSparsity(const torch::Tensor& hidden) {
  const double root = std::sqrt(static_cast<double>(hidden.size(1)));
  if (root <= 1) return kNone;
  const torch::Tensor ratio = hidden.norm(1, 1) / hidden.norm(2, 1).clamp_min(1e-30);
  return (root - ratio.mean().item<double>()) / (root - 1);
}

}  // namespace

torch::Tensor WavesOver(int64_t symbols, const torch::TensorOptions& options) {
  const torch::Tensor frequency = torch::arange(1, symbols / 2 + 1, torch::kFloat64).unsqueeze(1);
  const torch::Tensor angle = frequency * torch::arange(symbols, torch::kFloat64) *
                              (2 * M_PI / static_cast<double>(symbols));
  return torch::cat({angle.cos(), angle.sin()}).to(options.dtype()).to(options.device());
}

double SpectralConcentration(const torch::Tensor& matrix, const torch::Tensor& waves) {
  const torch::Tensor parts = torch::mm(waves, matrix).square();
  const int64_t frequencies = waves.size(0) / 2;
  const torch::Tensor power =
      parts.narrow(0, 0, frequencies) + parts.narrow(0, frequencies, frequencies);
  const torch::Tensor total = power.sum(0).clamp_min(1e-30);
  return (power / total).square().sum(0).mean().item<double>();
}

double ParticipationRank(const torch::Tensor& matrix) {
  const bool is_tall = matrix.size(0) > matrix.size(1);
  const torch::Tensor gram =
      is_tall ? torch::mm(matrix.t(), matrix) : torch::mm(matrix, matrix.t());
  const double trace = gram.trace().item<double>();
  const double norm = gram.norm().item<double>();
  return norm > 0 ? trace * trace / (norm * norm) : kNone;
}

FeatureProbe::FeatureProbe(const torch::Tensor& start, const TaskTable& table)
    : start_(start.clone()), symbols_(table.symbols) {
  if (symbols_ >= 2) waves_ = WavesOver(symbols_, start_.options());
}

FeatureValues FeatureProbe::Measure(const ProbedWeights& weights, const Model::Output& output,
                                    const torch::Tensor& answers) const {
  const torch::NoGradGuard no_gradient;
  Values values;
  values.Set(Feature::kEmbeddingNorm, NormOf(weights, ParameterRole::kEmbedding));
  values.Set(Feature::kHiddenNorm, NormOf(weights, ParameterRole::kHiddenMap));
  values.Set(Feature::kUnembeddingNorm, NormOf(weights, ParameterRole::kUnembedding));
  values.Set(Feature::kRadialShare, Cosine(weights.gradient, weights.flat));
  values.Set(Feature::kStartCosine, Cosine(weights.flat, start_));
  const int64_t examples = std::min<int64_t>(kMostExamples, answers.size(0));
  SetLogitFeatures(output.logits.detach().narrow(0, 0, examples), answers.narrow(0, 0, examples),
                   values);
  values.Set(Feature::kHoyerSparsity, HoyerSparsity(output.hidden.detach().narrow(0, 0, examples)));
  const torch::Tensor embedding =
      MatrixOf(weights, ParameterRole::kEmbedding).narrow(0, 0, symbols_);
  if (waves_.defined()) {
    values.Set(Feature::kEmbeddingConcentration, SpectralConcentration(embedding, waves_));
  }
  values.Set(Feature::kEmbeddingRank, ParticipationRank(embedding));
  values.Set(Feature::kUnembeddingRank,
             ParticipationRank(MatrixOf(weights, ParameterRole::kUnembedding)));
  return values.Take();
}

}  // namespace powerdown
