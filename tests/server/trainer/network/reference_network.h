// The networks of model.h once more: one example after the other, plain loops, float64. Slow and
// obvious, to check the tensor code against.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "server/trainer/network/model.h"

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

  double Loss(const Batch& pairs) const {
    double sum = 0;
    std::vector<int64_t> question(static_cast<size_t>(table_.operands));
    for (int64_t row = 0; row < pairs.size(); ++row) {
      for (size_t i = 0; i < question.size(); ++i) {
        question[i] = pairs.questions[row][static_cast<int64_t>(i)].item<int64_t>();
      }
      const Vector logits = spec_.model == "transformer" ? Transformer(question)
                            : spec_.model == "quadratic" ? Quadratic(question)
                                                         : Mlp(question);
      sum += LossOfOne(logits, static_cast<size_t>(pairs.answers[row].item<int64_t>()));
    }
    return sum / static_cast<double>(pairs.size());
  }

  // By central differences; small enough a step that hardly any unit changes its side.
  double Slope(const Batch& pairs, int64_t weight) {
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
    const auto share = [&](double z) {
      if (spec_.loss != "stablemax") return std::exp(z);
      return z >= 0 ? z + 1 : 1 / (1 - z);
    };
    for (const double logit : logits) sum += share(logit);
    return -std::log(share(logits[answer]) / sum);
  }

  Vector Quadratic(const std::vector<int64_t>& question) const {
    Vector hidden(static_cast<size_t>(spec_.hidden));
    for (size_t j = 0; j < hidden.size(); ++j) {
      double sum = 0;
      for (size_t k = 0; k < question.size(); ++k) {
        const size_t row =
            k * static_cast<size_t>(table_.symbols) + static_cast<size_t>(question[k]);
        sum += At("layer0.weight")[row * hidden.size() + j];
      }
      hidden[j] = sum * sum;
    }
    return Linear(hidden, "unembedding.weight", static_cast<size_t>(table_.classes));
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
        x[t][i] = At("embedding")[static_cast<size_t>(tokens[t]) * width + i] + Position(t, i);
      }
    }
    for (int64_t layer = 0; layer < spec_.layers; ++layer) {
      x = Block(x, "layer" + std::to_string(layer));
    }
    return Linear(Normed(x.back(), "norm"), "unembedding.weight",
                  static_cast<size_t>(table_.classes));
  }

  double Position(size_t t, size_t i) const {
    const auto width = static_cast<double>(spec_.width);
    if (spec_.position == "none") return 0;
    if (spec_.position == "learned") return At("position")[t * static_cast<size_t>(width) + i];
    const double angle =
        static_cast<double>(t) / std::pow(1e4, static_cast<double>(i / 2 * 2) / width);
    return std::sqrt(2 / width) * (i % 2 == 0 ? std::sin(angle) : std::cos(angle));
  }

  Vector Normed(Vector x, const std::string& prefix) const {
    if (spec_.layer_norm == "off") return x;
    double mean = 0;
    double variance = 0;
    for (const double value : x) mean += value / static_cast<double>(x.size());
    for (const double value : x) {
      variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
    }
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * At(prefix + ".scale")[i] +
             At(prefix + ".shift")[i];
    }
    return x;
  }

  std::vector<Vector> Block(std::vector<Vector> x, const std::string& prefix) const {
    std::vector<Vector> inputs;
    for (const Vector& one : x) inputs.push_back(Normed(one, prefix + ".attention_norm"));
    const std::vector<Vector> mixed = Attention(inputs, prefix);
    for (size_t t = 0; t < x.size(); ++t) {
      Add(x[t], Linear(mixed[t], prefix + ".output", x[t].size()));
      const Vector hidden =
          Activate(Linear(Normed(x[t], prefix + ".norm"), prefix + ".up",
                          static_cast<size_t>(spec_.hidden), prefix + ".up_bias"));
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
