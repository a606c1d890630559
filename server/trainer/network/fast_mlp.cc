#include "server/trainer/network/fast_mlp.h"

#include <string>

#include "server/trainer/network/vector_loops.h"

namespace powerdown {

template <typename Real>
FastMlp<Real>::FastMlp(const RunSpec& spec, const TaskTable& table, Model& model)
    : spec_(spec),
      operands_(table.operands),
      symbols_(table.symbols),
      is_relu_(spec.activation == "relu"),
      loss_(spec) {
  const torch::Tensor gradient = model.gradient();
  int64_t offset = 0;
  layers_.resize(static_cast<size_t>(spec.layers));
  for (const NamedParameter& parameter : model.parameters()) {
    const torch::Tensor value = parameter.value.detach();
    const torch::Tensor its_gradient =
        gradient.narrow(0, offset, value.numel()).view(value.sizes());
    offset += value.numel();
    Layer* layer = &embedding_;
    if (parameter.name.starts_with("unembedding")) layer = &unembedding_;
    if (parameter.name.starts_with("layer")) layer = &layers_[std::stoul(parameter.name.substr(5))];
    const bool is_bias = parameter.name.ends_with(".bias");
    (is_bias ? layer->bias : layer->weight) = value;
    (is_bias ? layer->bias_gradient : layer->weight_gradient) = its_gradient;
  }
  table_ = torch::empty({operands_, symbols_, spec.hidden}, gradient.options());
  table_gradient_ = torch::empty_like(table_);
  embedding_part_ = torch::empty({symbols_, spec.width}, gradient.options());
  hidden_gradients_.resize(layers_.size());
}

template <typename Real>
void FastMlp<Real>::ComputeTable() {
  for (int64_t k = 0; k < operands_; ++k) {
    torch::Tensor part = table_.select(0, k);
    const torch::Tensor weight = layers_[0].weight.narrow(0, k * spec_.width, spec_.width);
    if (k == 0) {
      torch::addmm_out(part, layers_[0].bias, embedding_.weight, weight);
    } else {
      torch::mm_out(part, embedding_.weight, weight);
    }
  }
}

template <typename Real>
void FastMlp<Real>::ForwardInto(const torch::Tensor& questions, Activations& activations) {
  const int64_t count = questions.size(0);
  const torch::ScalarType type = table_.scalar_type();
  activations.input.resize(layers_.size());
  activations.output.resize(layers_.size());
  const GatherShape shape{questions.data_ptr<int64_t>(), count, operands_, symbols_, spec_.hidden};
  for (size_t i = 0; i < layers_.size(); ++i) {
    torch::Tensor& input = activations.input[i];
    torch::Tensor& output = activations.output[i];
    Reshape(output, {count, spec_.hidden}, type);
    if (i == 0 && is_relu_) {
      GatherSum(shape, table_.data_ptr<Real>(), true, output.data_ptr<Real>());
      continue;
    }
    Reshape(input, {count, spec_.hidden}, type);
    if (i == 0) {
      GatherSum(shape, table_.data_ptr<Real>(), false, input.data_ptr<Real>());
    } else {
      torch::addmm_out(input, layers_[i].bias, activations.output[i - 1], layers_[i].weight);
    }
    ActivateInto(spec_, input, output);
  }
  Reshape(activations.logits, {count, unembedding_.weight.size(1)}, type);
  torch::addmm_out(activations.logits, unembedding_.bias, activations.output.back(),
                   unembedding_.weight);
}

template <typename Real>
Model::Output FastMlp<Real>::Forward(const torch::Tensor& questions) {
  const torch::NoGradGuard no_gradient;
  ComputeTable();
  ForwardInto(questions, held_out_);
  return {held_out_.logits, held_out_.output.back()};
}

template <typename Real>
void FastMlp<Real>::BackwardTable(const torch::Tensor& questions, torch::Tensor hidden_gradient) {
  const GatherShape shape{questions.data_ptr<int64_t>(), questions.size(0), operands_, symbols_,
                          spec_.hidden};
  const Real* output = is_relu_ ? training_.output[0].template data_ptr<Real>() : nullptr;
  if (!is_relu_) {
    BackwardActivate(spec_, training_.input[0], training_.output[0], hidden_gradient);
  }
  ScatterSum(shape, output, hidden_gradient.data_ptr<Real>(), table_gradient_.data_ptr<Real>());
  torch::sum_out(layers_[0].bias_gradient, table_gradient_.select(0, 0), 0);
  for (int64_t k = 0; k < operands_; ++k) {
    const torch::Tensor part = table_gradient_.select(0, k);
    const torch::Tensor weight = layers_[0].weight.narrow(0, k * spec_.width, spec_.width);
    torch::Tensor gradient = layers_[0].weight_gradient.narrow(0, k * spec_.width, spec_.width);
    torch::mm_out(gradient, embedding_.weight.t(), part);
    if (k == 0) {
      torch::mm_out(embedding_.weight_gradient, part, weight.t());
    } else {
      torch::mm_out(embedding_part_, part, weight.t());
      embedding_.weight_gradient.add_(embedding_part_);
    }
  }
}

template <typename Real>
double FastMlp<Real>::Backward(const Batch& batch, Model::Output& output) {
  const torch::NoGradGuard no_gradient;
  ComputeTable();
  ForwardInto(batch.questions, training_);
  output = {training_.logits, training_.output.back()};
  Reshape(logits_gradient_, training_.logits.sizes(), table_.scalar_type());
  const double loss = loss_.Backward(training_.logits, batch.answers, logits_gradient_);
  const torch::Tensor* gradient = &logits_gradient_;
  const Layer* above = &unembedding_;
  for (size_t i = layers_.size(); i-- > 0;) {
    torch::Tensor above_gradient = above->weight_gradient;
    torch::Tensor above_bias_gradient = above->bias_gradient;
    torch::mm_out(above_gradient, training_.output[i].t(), *gradient);
    torch::sum_out(above_bias_gradient, *gradient, 0);
    Reshape(hidden_gradients_[i], training_.output[i].sizes(), table_.scalar_type());
    torch::mm_out(hidden_gradients_[i], *gradient, above->weight.t());
    gradient = &hidden_gradients_[i];
    if (i == 0) break;
    BackwardActivate(spec_, training_.input[i], training_.output[i], hidden_gradients_[i]);
    above = &layers_[i];
  }
  BackwardTable(batch.questions, hidden_gradients_[0]);
  return loss;
}

template <typename Real>
double FastMlp<Real>::StepFlops(int64_t examples) const {
  const int64_t table = operands_ * symbols_ * spec_.width * spec_.hidden;
  const int64_t example = operands_ * spec_.hidden / 2 +
                          (spec_.layers - 1) * spec_.hidden * spec_.hidden +
                          spec_.hidden * unembedding_.weight.size(1);
  return 3.0 * 2.0 * static_cast<double>(table + examples * example);
}

template class FastMlp<float>;
template class FastMlp<double>;

}  // namespace powerdown
