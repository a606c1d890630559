#include "server/trainer/network/fast_transformer.h"

#include <cmath>
#include <string>
#include <vector>

#include "server/trainer/network/vector_loops.h"

namespace powerdown {

template <typename Real>
typename FastTransformer<Real>::Weights FastTransformer<Real>::ViewsOf(const Model& model,
                                                                       const torch::Tensor& flat) {
  std::vector<torch::Tensor> views;
  int64_t offset = 0;
  for (const NamedParameter& parameter : model.parameters()) {
    const int64_t count = parameter.value.numel();
    views.push_back(flat.narrow(0, offset, count).view(parameter.value.sizes()));
    offset += count;
  }
  TORCH_CHECK(views.size() == 11, "a transformer of one layer has 11 parameters");
  return {views[0], views[1], views[2], views[3], views[4], views[5],
          views[6], views[7], views[8], views[9], views[10]};
}

template <typename Real>
FastTransformer<Real>::FastTransformer(const RunSpec& spec, const TaskTable& table, Model& model)
    : spec_(spec),
      operands_(table.operands),
      symbols_(table.symbols),
      rows_(table.operands * table.symbols),
      width_(spec.width),
      heads_(spec.heads),
      head_size_(spec.width / spec.heads),
      hidden_(spec.hidden),
      classes_(table.classes),
      weights_(ViewsOf(model, model.flat().detach())),
      gradients_(ViewsOf(model, model.gradient())),
      loss_(spec) {
  const auto options = model.gradient().options();
  const int64_t both = hidden_ + classes_;
  x_ = torch::empty({rows_ + 1, width_}, options);
  query_ = torch::empty({1, width_}, options);
  scores_ = torch::empty({rows_ + 1, heads_}, options);
  up_and_out_ = torch::empty({width_, both}, options);
  table_ = torch::empty({rows_ + 1, heads_, both}, options);
  base_ = torch::empty({1, both}, options);
  down_out_ = torch::empty({hidden_, classes_}, options);
  keys_ = torch::empty_like(x_);
  values_ = torch::empty_like(x_);
  value_out_ = torch::empty_like(up_and_out_);
  x_gradient_ = torch::empty_like(x_);
  keys_gradient_ = torch::empty_like(x_);
  values_gradient_ = torch::empty_like(x_);
  query_gradient_ = torch::empty_like(query_);
  scores_gradient_ = torch::empty_like(scores_);
  up_and_out_gradient_ = torch::empty_like(up_and_out_);
  value_out_gradient_ = torch::empty_like(up_and_out_);
  table_gradient_ = torch::empty_like(table_);
  base_gradient_ = torch::empty_like(base_);
  down_out_gradient_ = torch::empty_like(down_out_);
}

template <typename Real>
void FastTransformer<Real>::ComputeTables() {
  for (int64_t k = 0; k < operands_; ++k) {
    torch::Tensor part = x_.narrow(0, k * symbols_, symbols_);
    torch::add_out(part, weights_.embedding.narrow(0, 0, symbols_), weights_.position[k]);
  }
  const torch::Tensor last = x_.narrow(0, rows_, 1);
  torch::Tensor last_row = x_[rows_];
  torch::add_out(last_row, weights_.embedding[symbols_], weights_.position[operands_]);
  torch::mm_out(keys_, x_, weights_.key);
  torch::mm_out(values_, x_, weights_.value);
  torch::mm_out(query_, last, weights_.query);
  query_.div_(std::sqrt(static_cast<double>(head_size_)));
  up_and_out_.narrow(1, 0, hidden_).copy_(weights_.up);
  up_and_out_.narrow(1, hidden_, classes_).copy_(weights_.unembedding);
  torch::mm_out(value_out_, weights_.output, up_and_out_);
  torch::mm_out(down_out_, weights_.down, weights_.unembedding);
  torch::mm_out(base_, last, up_and_out_);
  base_.narrow(1, 0, hidden_).add_(weights_.up_bias);
  base_.narrow(1, hidden_, classes_).addmm_(weights_.down_bias.unsqueeze(0), weights_.unembedding);
  for (int64_t h = 0; h < heads_; ++h) {
    const int64_t first = h * head_size_;
    torch::Tensor scores = scores_.narrow(1, h, 1);
    scores.copy_(keys_.narrow(1, first, head_size_).mm(query_.narrow(1, first, head_size_).t()));
    torch::Tensor head_table = table_.select(1, h);
    torch::mm_out(head_table, values_.narrow(1, first, head_size_),
                  value_out_.narrow(0, first, head_size_));
  }
  base_.add_(table_.narrow(0, rows_, 1).sum(1));
  table_.narrow(0, 0, rows_).sub_(table_.narrow(0, rows_, 1));
}

template <typename Real>
void FastTransformer<Real>::Attend(const torch::Tensor& questions, Activations& activations) {
  const int64_t count = questions.size(0);
  Reshape(activations.exponentials, {count, operands_ + 1, heads_}, table_.scalar_type());
  Reshape(activations.attention, {count, operands_, heads_}, table_.scalar_type());
  const Real* const scores = scores_.data_ptr<Real>();
  const Real* const last = scores + rows_ * heads_;
  const int64_t* symbol = questions.data_ptr<int64_t>();
  Real* shifted = activations.exponentials.template data_ptr<Real>();
  const int64_t step = (operands_ + 1) * heads_;
  for (int64_t i = 0; i < count; ++i, symbol += operands_, shifted += step) {
    for (int64_t h = 0; h < heads_; ++h) {
      Real greatest = last[h];
      for (int64_t k = 0; k < operands_; ++k) {
        const Real score = scores[(k * symbols_ + symbol[k]) * heads_ + h];
        shifted[k * heads_ + h] = score;
        greatest = std::max(greatest, score);
      }
      shifted[operands_ * heads_ + h] = last[h];
      for (int64_t k = 0; k <= operands_; ++k) shifted[k * heads_ + h] -= greatest;
    }
  }
  activations.exponentials.exp_();
  const Real* exponential = activations.exponentials.template data_ptr<Real>();
  Real* attention = activations.attention.template data_ptr<Real>();
  for (int64_t i = 0; i < count; ++i, exponential += step, attention += operands_ * heads_) {
    for (int64_t h = 0; h < heads_; ++h) {
      Real sum = 0;
      for (int64_t k = 0; k <= operands_; ++k) sum += exponential[k * heads_ + h];
      for (int64_t k = 0; k < operands_; ++k) {
        attention[k * heads_ + h] = exponential[k * heads_ + h] / sum;
      }
    }
  }
}

template <typename Real>
GatherShape FastTransformer<Real>::ShapeOf(const torch::Tensor& questions) const {
  return {questions.data_ptr<int64_t>(), questions.size(0), operands_, symbols_,
          hidden_ + classes_};
}

template <typename Real>
void FastTransformer<Real>::ForwardInto(const torch::Tensor& questions, Activations& activations) {
  const int64_t count = questions.size(0);
  const torch::ScalarType type = table_.scalar_type();
  Attend(questions, activations);
  Reshape(activations.both, {count, hidden_ + classes_}, type);
  Reshape(activations.hidden, {count, hidden_}, type);
  Reshape(activations.logits, {count, classes_}, type);
  AttendRows(ShapeOf(questions), heads_, table_.data_ptr<Real>(),
             activations.attention.template data_ptr<Real>(), base_.data_ptr<Real>(),
             activations.both.template data_ptr<Real>());
  ActivateInto(spec_, activations.both.narrow(1, 0, hidden_), activations.hidden);
  activations.logits.copy_(activations.both.narrow(1, hidden_, classes_));
  activations.logits.addmm_(activations.hidden, down_out_);
}

template <typename Real>
Model::Output FastTransformer<Real>::Forward(const torch::Tensor& questions) {
  const torch::NoGradGuard no_gradient;
  ComputeTables();
  ForwardInto(questions, held_out_);
  return {held_out_.logits, held_out_.hidden};
}

template <typename Real>
double FastTransformer<Real>::Backward(const Batch& batch, Model::Output& output) {
  const torch::NoGradGuard no_gradient;
  ComputeTables();
  ForwardInto(batch.questions, training_);
  output = {training_.logits, training_.hidden};
  Reshape(both_gradient_, training_.both.sizes(), table_.scalar_type());
  const double loss =
      loss_.Backward(training_.logits, batch.answers, both_gradient_.narrow(1, hidden_, classes_));
  BackwardHidden();
  BackwardAttention(batch.questions);
  BackwardTables();
  BackwardEmbedding();
  return loss;
}

template <typename Real>
void FastTransformer<Real>::BackwardHidden() {
  const torch::Tensor logits_gradient = both_gradient_.narrow(1, hidden_, classes_);
  torch::Tensor hidden_gradient = both_gradient_.narrow(1, 0, hidden_);
  torch::mm_out(down_out_gradient_, training_.hidden.t(), logits_gradient);
  torch::mm_out(hidden_gradient, logits_gradient, down_out_.t());
  BackwardActivate(spec_, training_.both.narrow(1, 0, hidden_), training_.hidden, hidden_gradient);
}

template <typename Real>
void FastTransformer<Real>::BackwardAttention(const torch::Tensor& questions) {
  Reshape(attention_gradient_, training_.attention.sizes(), table_.scalar_type());
  BackwardAttendRows(ShapeOf(questions), heads_, table_.data_ptr<Real>(),
                     training_.attention.template data_ptr<Real>(), both_gradient_.data_ptr<Real>(),
                     attention_gradient_.data_ptr<Real>(), table_gradient_.data_ptr<Real>(),
                     base_gradient_.data_ptr<Real>());
  // Softmax: ds = w (dw - Σ w dw); over all keys, "=" too, the ds of a question sum to 0.
  scores_gradient_.zero_();
  Real* const scores = scores_gradient_.data_ptr<Real>();
  Real* const last = scores + rows_ * heads_;
  const Real* attention = training_.attention.template data_ptr<Real>();
  const Real* gradient = attention_gradient_.data_ptr<Real>();
  const int64_t* symbol = questions.data_ptr<int64_t>();
  const int64_t step = operands_ * heads_;
  for (int64_t i = 0; i < questions.size(0); ++i) {
    for (int64_t h = 0; h < heads_; ++h) {
      Real mean = 0;
      for (int64_t k = 0; k < operands_; ++k) {
        mean += attention[k * heads_ + h] * gradient[k * heads_ + h];
      }
      for (int64_t k = 0; k < operands_; ++k) {
        const Real change = attention[k * heads_ + h] * (gradient[k * heads_ + h] - mean);
        scores[(k * symbols_ + symbol[k]) * heads_ + h] += change;
        last[h] -= change;
      }
    }
    attention += step;
    gradient += step;
    symbol += operands_;
  }
}

template <typename Real>
void FastTransformer<Real>::BackwardTables() {
  // Every row is kept as the difference to "=", which is in the base of all questions.
  torch::Tensor last_table = table_gradient_[rows_];
  torch::sum_out(last_table, table_gradient_.narrow(0, 0, rows_), 0);
  last_table.neg_().add_(base_gradient_);
  const double scale = 1 / std::sqrt(static_cast<double>(head_size_));
  for (int64_t h = 0; h < heads_; ++h) {
    const int64_t first = h * head_size_;
    const torch::Tensor head_table = table_gradient_.select(1, h);
    const torch::Tensor value_out = value_out_.narrow(0, first, head_size_);
    torch::Tensor value_out_gradient = value_out_gradient_.narrow(0, first, head_size_);
    torch::Tensor values_gradient = values_gradient_.narrow(1, first, head_size_);
    torch::mm_out(values_gradient, head_table, value_out.t());
    torch::mm_out(value_out_gradient, values_.narrow(1, first, head_size_).t(), head_table);
    const torch::Tensor scores = scores_gradient_.narrow(1, h, 1);
    keys_gradient_.narrow(1, first, head_size_).copy_(scores * query_.narrow(1, first, head_size_));
    query_gradient_.narrow(1, first, head_size_)
        .copy_(scores.t().mm(keys_.narrow(1, first, head_size_)).mul_(scale));
  }
  torch::mm_out(gradients_.output, value_out_gradient_, up_and_out_.t());
  torch::mm_out(up_and_out_gradient_, weights_.output.t(), value_out_gradient_);
  up_and_out_gradient_.addmm_(x_.narrow(0, rows_, 1).t(), base_gradient_);
  const torch::Tensor direct_gradient = base_gradient_.narrow(1, hidden_, classes_);
  gradients_.up.copy_(up_and_out_gradient_.narrow(1, 0, hidden_));
  gradients_.up_bias.copy_(base_gradient_[0].narrow(0, 0, hidden_));
  gradients_.down_bias.copy_(direct_gradient.mm(weights_.unembedding.t())[0]);
  torch::mm_out(gradients_.down, down_out_gradient_, weights_.unembedding.t());
  gradients_.unembedding.copy_(up_and_out_gradient_.narrow(1, hidden_, classes_));
  gradients_.unembedding.addmm_(weights_.down_bias.unsqueeze(1), direct_gradient);
  gradients_.unembedding.addmm_(weights_.down.t(), down_out_gradient_);
}

template <typename Real>
void FastTransformer<Real>::BackwardEmbedding() {
  torch::mm_out(gradients_.key, x_.t(), keys_gradient_);
  torch::mm_out(gradients_.value, x_.t(), values_gradient_);
  torch::mm_out(gradients_.query, x_.narrow(0, rows_, 1).t(), query_gradient_);
  torch::mm_out(x_gradient_, keys_gradient_, weights_.key.t());
  x_gradient_.addmm_(values_gradient_, weights_.value.t());
  torch::Tensor last = x_gradient_.narrow(0, rows_, 1);
  last.addmm_(query_gradient_, weights_.query.t());
  last.addmm_(base_gradient_, up_and_out_.t());
  for (int64_t k = 0; k <= operands_; ++k) {
    const bool is_last = k == operands_;
    const torch::Tensor part = is_last ? last : x_gradient_.narrow(0, k * symbols_, symbols_);
    torch::Tensor embedding = is_last ? gradients_.embedding.narrow(0, symbols_, 1)
                                      : gradients_.embedding.narrow(0, 0, symbols_);
    if (k == 0 || is_last) {
      embedding.copy_(part);
    } else {
      embedding.add_(part);
    }
    torch::Tensor position = gradients_.position[k];
    torch::sum_out(position, part, 0);
  }
}

template <typename Real>
double FastTransformer<Real>::StepFlops(int64_t examples) const {
  const int64_t both = hidden_ + classes_;
  const int64_t tables = 2 * rows_ * width_ * width_ + width_ * width_ * both +
                         rows_ * width_ * both + hidden_ * width_ * classes_;
  const int64_t example = operands_ * heads_ * both + hidden_ * classes_;
  return 3.0 * 2.0 * static_cast<double>(tables + examples * example);
}

template class FastTransformer<float>;
template class FastTransformer<double>;

}  // namespace powerdown
