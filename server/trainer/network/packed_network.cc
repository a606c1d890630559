#include "server/trainer/network/packed_network.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

namespace powerdown {
namespace {

std::string BlockName(int64_t layer) {
  return "layer" + std::to_string(layer);
}

// [members, size] -> [members, 1, size], to be added to rows.
torch::Tensor RowVector(const torch::Tensor& vector) {
  return vector.unsqueeze(1);
}

}  // namespace

PackedNetwork::PackedNetwork(const RunSpec& spec, const TaskTable& table,
                             const PackedLayout& layout, const torch::Tensor& weights)
    : spec_(spec),
      members_(weights.size(0)),
      operands_(table.operands),
      tokens_(table.operands + 1),
      symbols_(table.symbols),
      classes_(table.classes),
      places_(layout.places()) {
  for (const PackedPlace& place : places_) {
    std::vector<int64_t> sizes = {members_};
    sizes.insert(sizes.end(), place.sizes.begin(), place.sizes.end());
    parameters_[place.name] =
        weights.narrow(1, place.offset, place.size).view(sizes).detach().requires_grad_(true);
  }
  if (spec.model == "transformer" && spec.position == "sinusoidal") {
    positions_ = SinusoidalPositions(operands_, spec.width, weights.options());
  }
}

RowSums PackedNetwork::RowsOf(const torch::Tensor& questions) const {
  torch::Tensor rows = questions + torch::arange(operands_, questions.options()) * symbols_;
  // A transformer needs each operand's row for itself.
  if (spec_.model == "transformer") rows = rows.reshape({members_, -1, 1});
  const RowSumForm form =
      RowSumFormFor(rows.device(), rows.size(1), rows.size(2), operands_ * symbols_);
  return MakeRowSums(rows, operands_ * symbols_, form,
                     places_.empty() ? torch::kFloat32 : parameters_.begin()->second.scalar_type());
}

PackedNetwork::Output PackedNetwork::Forward(const RowSums& rows) const {
  return spec_.model == "transformer" ? ForwardTransformer(rows) : ForwardMlp(rows);
}

void PackedNetwork::Backward(const Output& output, const torch::Tensor& logits_gradient,
                             torch::Tensor gradient) const {
  std::vector<torch::Tensor> leaves;
  for (const PackedPlace& place : places_) leaves.push_back(At(place.name));
  const std::vector<torch::Tensor> gradients =
      torch::autograd::grad({output.logits}, leaves, {logits_gradient});
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> parts;
  for (size_t i = 0; i < places_.size(); ++i) {
    const PackedPlace& place = places_[i];
    parts.push_back(gradients[i].reshape({members_, place.size}));
    const int64_t gap = place.end - place.offset - place.size;
    if (gap > 0) parts.push_back(torch::zeros({members_, gap}, gradient.options()));
  }
  torch::cat_out(gradient, parts, 1);
}

torch::Tensor PackedNetwork::Linear(const std::string& weight, const std::string& bias,
                                    const torch::Tensor& x) const {
  return torch::baddbmm(RowVector(At(bias)), x, At(weight));
}

torch::Tensor PackedNetwork::Normed(const std::string& prefix, const torch::Tensor& x) const {
  if (spec_.layer_norm == "off") return x;
  return torch::layer_norm(x, {spec_.width}) * RowVector(At(prefix + ".scale")) +
         RowVector(At(prefix + ".shift"));
}

// With E the embedding and W_k the rows of the first weight that operand k meets: E W_k, one below
// the other, the bias in the first.
torch::Tensor PackedNetwork::TableOfMlp() const {
  if (spec_.model == "quadratic") return At("layer0.weight");
  const torch::Tensor embedding = At("embedding");
  std::vector<torch::Tensor> parts;
  for (int64_t k = 0; k < operands_; ++k) {
    const torch::Tensor weight = At("layer0.weight").narrow(1, k * spec_.width, spec_.width);
    parts.push_back(k == 0 ? torch::baddbmm(RowVector(At("layer0.bias")), embedding, weight)
                           : embedding.bmm(weight));
  }
  return torch::cat(parts, 1);
}

PackedNetwork::Output PackedNetwork::ForwardMlp(const RowSums& rows) const {
  const torch::Tensor sums = SumRows(TableOfMlp(), rows);
  if (spec_.model == "quadratic") {
    const torch::Tensor hidden = sums * sums;
    return {hidden.bmm(At("unembedding.weight")), hidden};
  }
  torch::Tensor hidden = Activate(spec_, sums);
  for (int64_t layer = 1; layer < spec_.layers; ++layer) {
    const std::string name = BlockName(layer);
    hidden = Activate(spec_, Linear(name + ".weight", name + ".bias", hidden));
  }
  return {Linear("unembedding.weight", "unembedding.bias", hidden), hidden};
}

PackedNetwork::Stream PackedNetwork::TableOfTransformer() const {
  const torch::Tensor embedding = At("embedding");
  torch::Tensor symbols = embedding.narrow(1, 0, symbols_).unsqueeze(1);
  torch::Tensor last = embedding.narrow(1, symbols_, 1);
  if (spec_.position == "none") {
    symbols = symbols.expand({members_, operands_, symbols_, spec_.width});
  } else {
    const torch::Tensor positions = positions_.defined() ? positions_.unsqueeze(0) : At("position");
    symbols = symbols + positions.narrow(1, 0, operands_).unsqueeze(2);
    last = last + positions.narrow(1, operands_, 1);
  }
  return {symbols.reshape({members_, operands_ * symbols_, spec_.width}), last};
}

PackedNetwork::Output PackedNetwork::ForwardTransformer(const RowSums& rows) const {
  const Stream table = TableOfTransformer();
  if (spec_.layers == 1) return Answer(BlockName(0), table.last, AttendOnce(table, rows));
  Stream stream = FirstBlock(table, rows);
  for (int64_t layer = 1; layer + 1 < spec_.layers; ++layer) {
    stream = NextBlock(BlockName(layer), stream);
  }
  const std::string last = BlockName(spec_.layers - 1);
  return Answer(last, stream.last, AttendLast(last, stream));
}

// The only block: its query is that of "=", one vector, so scores are a table too.
torch::Tensor PackedNetwork::AttendOnce(const Stream& table, const RowSums& rows) const {
  const int64_t heads = spec_.heads;
  const int64_t size = spec_.width / heads;
  const torch::Tensor x = Normed("layer0.attention_norm", torch::cat({table.all, table.last}, 1));
  const int64_t row_count = operands_ * symbols_;
  const torch::Tensor query =
      x.narrow(1, row_count, 1).bmm(At("layer0.query")) / std::sqrt(static_cast<double>(size));
  const torch::Tensor keys = x.bmm(At("layer0.key"));
  const torch::Tensor scores = (keys * query).view({members_, row_count + 1, heads, size}).sum(3);
  const torch::Tensor entries = torch::cat({scores, x.bmm(At("layer0.value"))}, 2);
  const torch::Tensor gathered = SumRows(entries.narrow(1, 0, row_count), rows)
                                     .view({members_, -1, operands_, heads + spec_.width});
  const int64_t count = gathered.size(1);
  const torch::Tensor last = entries.narrow(1, row_count, 1).unsqueeze(1);
  const torch::Tensor attention =
      torch::cat({gathered.narrow(3, 0, heads),
                  last.narrow(3, 0, heads).expand({members_, count, 1, heads})},
                 2)
          .softmax(2)
          .unsqueeze(4);  // [members, n, tokens, heads, 1]
  const torch::Tensor values = gathered.narrow(3, heads, spec_.width).unflatten(3, {heads, size});
  const torch::Tensor last_value =
      last.narrow(3, heads, spec_.width).view({members_, 1, heads, size});
  const torch::Tensor mixed = (attention.narrow(2, 0, operands_) * values).sum(2) +
                              attention.select(2, operands_) * last_value;
  return mixed.reshape({members_, count, spec_.width});
}

// query: [members, n, queries, width], of the last positions; key and value: [members, n, tokens,
// width]. -> [members, n * queries, width]
torch::Tensor PackedNetwork::Attend(const torch::Tensor& query, const torch::Tensor& key,
                                    const torch::Tensor& value) const {
  const int64_t size = spec_.width / spec_.heads;
  const int64_t queries = query.size(2);
  const auto heads = [&](const torch::Tensor& x) {
    return x.unflatten(3, {spec_.heads, size}).transpose(2, 3);
  };
  torch::Tensor scores = torch::matmul(heads(query), heads(key).transpose(3, 4)) /
                         std::sqrt(static_cast<double>(size));
  if (queries > 1) {
    const torch::Tensor mask =
        torch::ones({queries, queries}, query.options().dtype(torch::kBool)).triu(1);
    scores = scores.masked_fill(mask, -std::numeric_limits<double>::infinity());
  }
  return torch::matmul(scores.softmax(4), heads(value))
      .transpose(2, 3)
      .reshape({members_, -1, spec_.width});
}

// What the last block mixes in at the last position.
torch::Tensor PackedNetwork::AttendLast(const std::string& prefix, const Stream& stream) const {
  const std::string norm = prefix + ".attention_norm";
  const torch::Tensor x = Normed(norm, stream.all);
  const torch::Tensor maps = torch::cat({At(prefix + ".key"), At(prefix + ".value")}, 2);
  const torch::Tensor both = x.bmm(maps).view({members_, -1, tokens_, 2 * spec_.width});
  const torch::Tensor query = Normed(norm, stream.last).bmm(At(prefix + ".query")).unsqueeze(2);
  return Attend(query, both.narrow(3, 0, spec_.width), both.narrow(3, spec_.width, spec_.width));
}

// Embeddings, queries, keys and values of the first block are rows of tables.
PackedNetwork::Stream PackedNetwork::FirstBlock(const Stream& table, const RowSums& rows) const {
  const int64_t width = spec_.width;
  const int64_t row_count = operands_ * symbols_;
  const torch::Tensor x = torch::cat({table.all, table.last}, 1);
  const torch::Tensor maps =
      torch::cat({At("layer0.query"), At("layer0.key"), At("layer0.value")}, 2);
  const torch::Tensor entries = torch::cat({x, Normed("layer0.attention_norm", x).bmm(maps)}, 2);
  const torch::Tensor operands =
      SumRows(entries.narrow(1, 0, row_count), rows).view({members_, -1, operands_, 4 * width});
  const torch::Tensor last = entries.narrow(1, row_count, 1)
                                 .unsqueeze(1)
                                 .expand({members_, operands.size(1), 1, 4 * width});
  const torch::Tensor all = torch::cat({operands, last}, 2);
  const auto part = [&](int64_t i) { return all.narrow(3, i * width, width); };
  return AfterAttention("layer0", part(0).reshape({members_, -1, width}),
                        Attend(part(1), part(2), part(3)));
}

PackedNetwork::Stream PackedNetwork::NextBlock(const std::string& prefix,
                                               const Stream& stream) const {
  const int64_t width = spec_.width;
  const torch::Tensor maps =
      torch::cat({At(prefix + ".query"), At(prefix + ".key"), At(prefix + ".value")}, 2);
  const torch::Tensor all = Normed(prefix + ".attention_norm", stream.all)
                                .bmm(maps)
                                .view({members_, -1, tokens_, 3 * width});
  const auto part = [&](int64_t i) { return all.narrow(3, i * width, width); };
  return AfterAttention(prefix, stream.all, Attend(part(0), part(1), part(2)));
}

PackedNetwork::Stream PackedNetwork::AfterAttention(const std::string& prefix,
                                                    const torch::Tensor& x,
                                                    const torch::Tensor& mixed) const {
  const torch::Tensor between = torch::baddbmm(x, mixed, At(prefix + ".output"));
  const torch::Tensor hidden = Activate(
      spec_, Linear(prefix + ".up", prefix + ".up_bias", Normed(prefix + ".norm", between)));
  const torch::Tensor all = between + Linear(prefix + ".down", prefix + ".down_bias", hidden);
  const torch::Tensor last = all.view({members_, -1, tokens_, spec_.width}).select(2, operands_);
  return {all, last};
}

// The rest of the last block, at the last position: `last` is the stream there, of one row if it is
// the same for all questions.
PackedNetwork::Output PackedNetwork::Answer(const std::string& prefix, const torch::Tensor& last,
                                            const torch::Tensor& mixed) const {
  const torch::Tensor unembedding = At("unembedding.weight");
  if (spec_.layer_norm == "on") {
    const torch::Tensor x = torch::baddbmm(last, mixed, At(prefix + ".output"));
    const torch::Tensor hidden =
        Activate(spec_, Linear(prefix + ".up", prefix + ".up_bias", Normed(prefix + ".norm", x)));
    const torch::Tensor out = x + Linear(prefix + ".down", prefix + ".down_bias", hidden);
    return {Normed("norm", out).bmm(unembedding), hidden};
  }
  // As in fast_transformer.h: [input of the hidden units | what of the logits passes them by].
  const torch::Tensor up_and_out = torch::cat({At(prefix + ".up"), unembedding}, 2);
  const torch::Tensor bias = torch::cat(
      {RowVector(At(prefix + ".up_bias")), RowVector(At(prefix + ".down_bias")).bmm(unembedding)},
      2);
  const torch::Tensor both = torch::baddbmm(torch::baddbmm(bias, last, up_and_out), mixed,
                                            At(prefix + ".output").bmm(up_and_out));
  const torch::Tensor hidden = Activate(spec_, both.narrow(2, 0, spec_.hidden));
  const torch::Tensor logits = torch::baddbmm(both.narrow(2, spec_.hidden, classes_), hidden,
                                              At(prefix + ".down").bmm(unembedding));
  return {logits, hidden};
}

double PackedNetwork::StepFlops(int64_t examples) const {
  const auto members = static_cast<double>(members_);
  const auto width = static_cast<double>(spec_.width);
  const auto hidden = static_cast<double>(spec_.hidden);
  const auto classes = static_cast<double>(classes_);
  const auto rows = static_cast<double>(operands_ * symbols_);
  const auto tokens = static_cast<double>(tokens_);
  const auto more = static_cast<double>(spec_.layers - 1);
  double table = 0;
  double example = hidden * classes;
  if (spec_.model == "mlp") {
    table = rows * width * hidden;
    example += more * hidden * hidden;
  } else if (spec_.model == "transformer") {
    const double maps = more == 0 ? 2 : 3;  // key and value; query
    table = maps * rows * width * width + width * (width + hidden) * (hidden + classes);
    example += width * (hidden + classes);
    const double block = tokens * (width * width + 2 * width * hidden + 2 * tokens * width);
    example += more * (block + tokens * 2 * width * width) +
               std::max(0.0, more - 1) * tokens * width * width;
  }
  return members * 3 * 2 * (table + static_cast<double>(examples) * example);
}

}  // namespace powerdown
