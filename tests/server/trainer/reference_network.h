// The networks of model.h once more: one example after the other, plain loops, float64. Slow and
// obvious, to check the tensor code against.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "server/trainer/dataset.h"
#include "server/trainer/model.h"

namespace powerdown {

class ReferenceNetwork {
 public:
  using Vector = std::vector<double>;

  ReferenceNetwork(const RunSpec& spec, const TaskTable& table, const Model& model)
      : spec_(spec), table_(table) {
    for (const NamedParameter& parameter : model.parameters()) {
      offsets_[parameter.name] = weights_.size();
      const torch::Tensor values = parameter.value.detach().contiguous();
      const float* first = values.data_ptr<float>();
      weights_.insert(weights_.end(), first, first + values.numel());
    }
  }

  double Loss(const Pairs& pairs) const {
    double sum = 0;
    std::vector<int64_t> question(static_cast<size_t>(table_.operands));
    for (int64_t row = 0; row < pairs.size(); ++row) {
      for (size_t i = 0; i < question.size(); ++i) {
        question[i] = pairs.questions[row][static_cast<int64_t>(i)].item<int64_t>();
      }
      const Vector logits = spec_.model == "transformer" ? Transformer(question) : Mlp(question);
      sum += LossOfOne(logits, static_cast<size_t>(pairs.answers[row].item<int64_t>()));
    }
    return sum / static_cast<double>(pairs.size());
  }

  // By central differences; small enough a step that hardly any unit changes its side.
  double Slope(const Pairs& pairs, int64_t weight) {
    constexpr double kStep = 1e-6;
    double& value = weights_[static_cast<size_t>(weight)];
    const double before = value;
    value = before + kStep;
    const double above = Loss(pairs);
    value = before - kStep;
    const double below = Loss(pairs);
    value = before;
    return (above - below) / (2 * kStep);
  }

 private:
  const double* At(const std::string& name) const { return &weights_[offsets_.at(name)]; }
  bool Has(const std::string& name) const { return offsets_.count(name) > 0; }

  Vector Linear(const Vector& input, const std::string& weight, size_t outputs,
                const std::string& bias = "") const {
    Vector output(outputs);
    for (size_t j = 0; j < outputs; ++j) {
      output[j] = bias.empty() || !Has(bias) ? 0 : At(bias)[j];
      for (size_t i = 0; i < input.size(); ++i) output[j] += input[i] * At(weight)[i * outputs + j];
    }
    return output;
  }

  Vector Activate(Vector values) const {
    for (double& z : values) {
      if (spec_.activation == "relu") z = z > 0 ? z : 0;
      if (spec_.activation == "gelu") z = z / 2 * (1 + std::erf(z / std::sqrt(2.0)));
      if (spec_.activation == "silu") z = z / (1 + std::exp(-z));
      if (spec_.activation == "quadratic") z = z * z;
    }
    return values;
  }

  double LossOfOne(const Vector& logits, size_t answer) const {
    double sum = 0;
    if (spec_.loss == "mse") {
      for (size_t i = 0; i < logits.size(); ++i) {
        const double error = logits[i] - (i == answer ? 1 : 0);
        sum += error * error / static_cast<double>(logits.size());
      }
      return sum;
    }
    for (const double logit : logits) sum += std::exp(logit);
    return std::log(sum) - logits[answer];
  }

  Vector Mlp(const std::vector<int64_t>& question) const {
    const auto width = static_cast<size_t>(spec_.width);
    Vector x;
    for (const int64_t symbol : question) {
      const double* row = At("embedding") + static_cast<size_t>(symbol) * width;
      x.insert(x.end(), row, row + width);
    }
    for (int64_t layer = 0; layer < spec_.layers; ++layer) {
      const std::string prefix = "layer" + std::to_string(layer);
      x = Activate(
          Linear(x, prefix + ".weight", static_cast<size_t>(spec_.hidden), prefix + ".bias"));
    }
    return Linear(x, "unembedding.weight", static_cast<size_t>(table_.classes), "unembedding.bias");
  }

  Vector Transformer(std::vector<int64_t> tokens) const {
    const auto width = static_cast<size_t>(spec_.width);
    tokens.push_back(table_.symbols);
    std::vector<Vector> x(tokens.size(), Vector(width));
    for (size_t t = 0; t < tokens.size(); ++t) {
      for (size_t i = 0; i < width; ++i) {
        x[t][i] = At("embedding")[static_cast<size_t>(tokens[t]) * width + i] +
                  At("position")[t * width + i];
      }
    }
    for (int64_t layer = 0; layer < spec_.layers; ++layer) {
      x = Block(x, "layer" + std::to_string(layer));
    }
    return Linear(x.back(), "unembedding.weight", static_cast<size_t>(table_.classes));
  }

  std::vector<Vector> Block(std::vector<Vector> x, const std::string& prefix) const {
    const std::vector<Vector> mixed = Attention(x, prefix);
    for (size_t t = 0; t < x.size(); ++t) {
      Add(x[t], Linear(mixed[t], prefix + ".output", x[t].size()));
      const Vector hidden = Activate(
          Linear(x[t], prefix + ".up", static_cast<size_t>(spec_.hidden), prefix + ".up_bias"));
      Add(x[t], Linear(hidden, prefix + ".down", x[t].size(), prefix + ".down_bias"));
    }
    return x;
  }

  std::vector<Vector> Attention(const std::vector<Vector>& x, const std::string& prefix) const {
    const size_t width = x[0].size();
    const size_t head = width / static_cast<size_t>(spec_.heads);
    std::vector<Vector> mixed(x.size(), Vector(width));
    for (size_t t = 0; t < x.size(); ++t) {
      const Vector query = Linear(x[t], prefix + ".query", width);
      for (size_t first = 0; first < width; first += head) {
        Vector weights;
        double sum = 0;
        for (size_t s = 0; s <= t; ++s) {
          const Vector key = Linear(x[s], prefix + ".key", width);
          double score = 0;
          for (size_t i = first; i < first + head; ++i) score += query[i] * key[i];
          weights.push_back(std::exp(score / std::sqrt(static_cast<double>(head))));
          sum += weights.back();
        }
        for (size_t s = 0; s <= t; ++s) {
          const Vector value = Linear(x[s], prefix + ".value", width);
          for (size_t i = first; i < first + head; ++i) mixed[t][i] += weights[s] / sum * value[i];
        }
      }
    }
    return mixed;
  }

  static void Add(Vector& to, const Vector& what) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += what[i];
  }

  const RunSpec spec_;
  const TaskTable& table_;
  Vector weights_;
  std::map<std::string, size_t> offsets_;
};

}  // namespace powerdown
