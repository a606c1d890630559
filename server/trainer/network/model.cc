#include "server/trainer/network/model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace powerdown {
namespace {

// Draws that depend on no library's version: mt19937_64 is fixed by the C++ standard, distributions
// are not.
class Draws {
 public:
  explicit Draws(uint64_t seed) : random_(seed) {}
  double Uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1.0p-53; }  // (0, 1)
  double Normal() {  // Box and Muller 1958
    return std::sqrt(-2 * std::log(Uniform())) * std::cos(2 * M_PI * Uniform());
  }

 private:
  std::mt19937_64 random_;
};

double LinearRange(int64_t fan_in) {
  return 1 / std::sqrt(static_cast<double>(fan_in));
}

}  // namespace

Batch ToBatch(const Pairs& pairs, torch::Device device) {
  const auto copy = [](const std::vector<int64_t>& values) {
    torch::Tensor tensor = torch::empty({static_cast<int64_t>(values.size())}, torch::kInt64);
    std::copy(values.begin(), values.end(), tensor.data_ptr<int64_t>());
    return tensor;
  };
  return {copy(pairs.questions).view({pairs.size(), pairs.operands}).to(device),
          copy(pairs.answers).to(device)};
}

std::vector<ParameterShape> ShapesOf(const Model& model) {
  std::vector<ParameterShape> shapes;
  for (const NamedParameter& parameter : model.parameters()) {
    shapes.push_back({parameter.name, parameter.value.sizes().vec(), parameter.value.numel()});
  }
  return shapes;
}

Model::Model(const RunSpec& spec, const TaskTable& table, torch::Device device,
             torch::ScalarType type)
    : spec_(spec), operands_(table.operands), symbols_(table.symbols), classes_(table.classes) {
  Initialise(spec.model == "transformer" ? TransformerShapes()
             : spec.model == "quadratic" ? QuadraticShapes()
                                         : MlpShapes(),
             device, type);
}

std::vector<Model::Shape> Model::MlpShapes() const {
  std::vector<Shape> shapes = {
      {"embedding", {symbols_, spec_.width}, 1.0, 0, ParameterRole::kEmbedding}};
  int64_t inputs = operands_ * spec_.width;
  for (int64_t layer = 0; layer < spec_.layers; ++layer) {
    const std::string prefix = "layer" + std::to_string(layer);
    const double range = LinearRange(inputs);
    shapes.push_back({prefix + ".weight", {inputs, spec_.hidden}, 0, range});
    shapes.push_back({prefix + ".bias", {spec_.hidden}, 0, range, ParameterRole::kBias});
    inputs = spec_.hidden;
  }
  const double range = LinearRange(inputs);
  shapes.push_back(
      {"unembedding.weight", {inputs, classes_}, 0, range, ParameterRole::kUnembedding});
  shapes.push_back({"unembedding.bias", {classes_}, 0, range, ParameterRole::kBias});
  return shapes;
}

void Model::AddNorm(const std::string& prefix, std::vector<Shape>& shapes) const {
  if (spec_.layer_norm == "off") return;
  shapes.push_back({prefix + ".scale", {spec_.width}, 0, 0, ParameterRole::kNorm, 1});
  shapes.push_back({prefix + ".shift", {spec_.width}, 0, 0, ParameterRole::kNorm, 0});
}

void Model::AddBlock(const std::string& prefix, std::vector<Shape>& shapes) const {
  const int64_t width = spec_.width;
  const double range = LinearRange(width);
  AddNorm(prefix + ".attention_norm", shapes);
  for (const char* name : {".query", ".key", ".value", ".output"}) {
    shapes.push_back({prefix + name, {width, width}, 0, range});
  }
  AddNorm(prefix + ".norm", shapes);
  shapes.push_back({prefix + ".up", {width, spec_.hidden}, 0, range});
  shapes.push_back({prefix + ".up_bias", {spec_.hidden}, 0, range, ParameterRole::kBias});
  const double down = LinearRange(spec_.hidden);
  shapes.push_back({prefix + ".down", {spec_.hidden, width}, 0, down});
  shapes.push_back({prefix + ".down_bias", {width}, 0, down, ParameterRole::kBias});
}

std::vector<Model::Shape> Model::TransformerShapes() const {
  const int64_t width = spec_.width;
  const double range = LinearRange(width);
  // The last symbol is "=". Embeddings are scaled as in Nanda et al. 2023 (arXiv 2301.05217).
  std::vector<Shape> shapes = {
      {"embedding", {symbols_ + 1, width}, range, 0, ParameterRole::kEmbedding}};
  if (spec_.position == "learned") {
    shapes.push_back({"position", {operands_ + 1, width}, range, 0, ParameterRole::kEmbedding});
  }
  for (int64_t layer = 0; layer < spec_.layers; ++layer) {
    AddBlock("layer" + std::to_string(layer), shapes);
  }
  AddNorm("norm", shapes);
  shapes.push_back(
      {"unembedding.weight", {width, classes_}, 0, range, ParameterRole::kUnembedding});
  return shapes;
}

std::vector<Model::Shape> Model::QuadraticShapes() const {
  const double deviation = 0.5 / std::cbrt(2 * static_cast<double>(spec_.hidden));
  return {
      {"layer0.weight",
       {operands_ * symbols_, spec_.hidden},
       deviation,
       0,
       ParameterRole::kEmbedding},
      {"unembedding.weight", {spec_.hidden, classes_}, deviation, 0, ParameterRole::kUnembedding}};
}

void Model::Initialise(const std::vector<Shape>& shapes, torch::Device device,
                       torch::ScalarType type) {
  int64_t total = 0;
  for (const Shape& shape : shapes) total += c10::multiply_integers(shape.sizes);
  torch::Tensor flat = torch::empty({total}, torch::kFloat32);
  Draws draws(static_cast<uint64_t>(spec_.seed));
  float* next = flat.data_ptr<float>();
  for (const Shape& shape : shapes) {
    const int64_t count = c10::multiply_integers(shape.sizes);
    for (int64_t i = 0; i < count; ++i) {
      const double drawn = shape.normal > 0 ? shape.normal * draws.Normal()
                                            : shape.uniform * (2 * draws.Uniform() - 1);
      *next++ = static_cast<float>(
          shape.role == ParameterRole::kNorm ? shape.constant : spec_.initial_scale * drawn);
    }
  }
  flat_ = flat.to(device, type).requires_grad_(true);
  int64_t offset = 0;
  for (const Shape& shape : shapes) {
    const int64_t count = c10::multiply_integers(shape.sizes);
    parameters_.push_back(
        {shape.name, shape.role, flat_.narrow(0, offset, count).view(shape.sizes)});
    offset += count;
  }
}

void Model::SetWeights(absl::Span<const float> weights) {
  TORCH_CHECK(static_cast<int64_t>(weights.size()) == size(), "wrong number of weights");
  const torch::Tensor values = torch::empty({size()}, torch::kFloat32);
  std::copy(weights.begin(), weights.end(), values.data_ptr<float>());
  flat_.detach().copy_(values);
}

torch::Tensor Model::At(const std::string& name) const {
  for (const NamedParameter& parameter : parameters_) {
    if (parameter.name == name) return parameter.value;
  }
  TORCH_CHECK(false, "no parameter ", name);
}

torch::Tensor Activate(const RunSpec& spec, const torch::Tensor& input) {
  if (spec.activation == "gelu") return torch::gelu(input);
  if (spec.activation == "silu") return torch::silu(input);
  if (spec.activation == "quadratic") return input * input;
  return torch::relu(input);
}

Model::Output Model::Forward(const torch::Tensor& questions) const {
  if (spec_.model == "transformer") return ForwardTransformer(questions);
  return spec_.model == "quadratic" ? ForwardQuadratic(questions) : ForwardMlp(questions);
}

Model::Output Model::ForwardQuadratic(const torch::Tensor& questions) const {
  const torch::Tensor first = torch::arange(operands_, questions.options()) * symbols_;
  const torch::Tensor sums = torch::embedding(At("layer0.weight"), questions + first).sum(1);
  const torch::Tensor hidden = sums * sums;
  return {torch::mm(hidden, At("unembedding.weight")), hidden};
}

Model::Output Model::ForwardMlp(const torch::Tensor& questions) const {
  torch::Tensor hidden = torch::embedding(At("embedding"), questions).flatten(1);
  for (int64_t layer = 0; layer < spec_.layers; ++layer) {
    const std::string prefix = "layer" + std::to_string(layer);
    hidden = Activate(spec_, torch::addmm(At(prefix + ".bias"), hidden, At(prefix + ".weight")));
  }
  return {torch::addmm(At("unembedding.bias"), hidden, At("unembedding.weight")), hidden};
}

torch::Tensor SinusoidalPositions(int64_t operands, int64_t width, torch::TensorOptions options) {
  options = options.requires_grad(false);
  const torch::Tensor place = torch::arange(operands + 1, options).unsqueeze(1);
  const torch::Tensor channel = torch::arange(width, options);
  const torch::Tensor even = (channel / 2).floor() * 2;
  const torch::Tensor angle =
      place * torch::exp(even * (-std::log(1e4) / static_cast<double>(width)));
  const torch::Tensor wave = torch::where(channel.eq(even), angle.sin(), angle.cos());
  return wave * (std::sqrt(2.0) * LinearRange(width));
}

torch::Tensor Model::Positions() const {
  if (spec_.position == "none") return {};
  if (spec_.position == "learned") return At("position");
  return SinusoidalPositions(operands_, spec_.width, flat_.options());
}

torch::Tensor Model::Normed(const std::string& prefix, const torch::Tensor& x) const {
  if (spec_.layer_norm == "off") return x;
  return torch::layer_norm(x, {spec_.width}, At(prefix + ".scale"), At(prefix + ".shift"));
}

torch::Tensor Model::Attend(const std::string& prefix, const torch::Tensor& x) const {
  const int64_t count = x.size(0);
  const int64_t length = x.size(1);
  const int64_t head = spec_.width / spec_.heads;
  const torch::Tensor mask =
      torch::ones({length, length}, torch::dtype(torch::kBool).device(x.device())).triu(1);
  const auto heads = [&](const char* name) {
    return torch::matmul(x, At(prefix + name))
        .view({count, length, spec_.heads, head})
        .transpose(1, 2);
  };
  torch::Tensor scores = torch::matmul(heads(".query"), heads(".key").transpose(2, 3)) /
                         std::sqrt(static_cast<double>(head));
  scores = scores.masked_fill(mask, -std::numeric_limits<float>::infinity()).softmax(-1);
  const torch::Tensor mixed =
      torch::matmul(scores, heads(".value")).transpose(1, 2).reshape({count, length, spec_.width});
  return torch::matmul(mixed, At(prefix + ".output"));
}

Model::Output Model::ForwardTransformer(const torch::Tensor& questions) const {
  const torch::Tensor equals = torch::full({questions.size(0), 1}, symbols_, questions.options());
  torch::Tensor x = torch::embedding(At("embedding"), torch::cat({questions, equals}, 1));
  if (const torch::Tensor positions = Positions(); positions.defined()) x = x + positions;
  torch::Tensor hidden;
  for (int64_t layer = 0; layer < spec_.layers; ++layer) {
    const std::string prefix = "layer" + std::to_string(layer);
    x = x + Attend(prefix, Normed(prefix + ".attention_norm", x));
    const torch::Tensor input = Normed(prefix + ".norm", x);
    hidden = Activate(spec_, torch::matmul(input, At(prefix + ".up")) + At(prefix + ".up_bias"));
    x = x + torch::matmul(hidden, At(prefix + ".down")) + At(prefix + ".down_bias");
  }
  const torch::Tensor answer = Normed("norm", x.select(1, operands_));
  return {torch::matmul(answer, At("unembedding.weight")), hidden.select(1, operands_)};
}

torch::Tensor LogStableMax(const torch::Tensor& logits) {
  const torch::Tensor logs =
      torch::log1p(logits.clamp_min(0)) - torch::log1p((-logits).clamp_min(0));
  return logs - logs.logsumexp(-1, /*keepdim=*/true);
}

torch::Tensor LossOf(const RunSpec& spec, const torch::Tensor& logits,
                     const torch::Tensor& answers) {
  if (spec.loss == "mse") {
    return torch::mse_loss(logits, torch::one_hot(answers, logits.size(1)).to(logits.dtype()));
  }
  if (spec.loss == "stablemax") return torch::nll_loss(LogStableMax(logits), answers);
  // log(1 + Σ_{j≠y} exp(l_j - l_y)): log_softmax would take 1 - p from a p that is rounded to 1,
  // and after the grok that rounding is most of the gradient (Prieto et al. 2025, arXiv
  // 2501.04697).
  const torch::Tensor right = answers.unsqueeze(1);
  const torch::Tensor others = (logits - logits.gather(1, right))
                                   .scatter(1, right, -std::numeric_limits<double>::infinity());
  return torch::softplus(others.logsumexp(1)).mean();
}

double AccuracyOf(const torch::Tensor& logits, const torch::Tensor& answers) {
  return logits.argmax(1).eq(answers).sum().item<double>() / static_cast<double>(answers.size(0));
}

double SparsityOf(const RunSpec& spec, const torch::Tensor& hidden) {
  const torch::Tensor off = spec.activation == "quadratic" || spec.model == "quadratic"
                                ? hidden.abs().lt(1e-6)
                                : hidden.le(0);
  return off.sum().item<double>() / static_cast<double>(hidden.numel());
}

}  // namespace powerdown
