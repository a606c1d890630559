#include "server/trainer/network/network.h"

#include <algorithm>

#include "server/trainer/network/engine.h"
#include "server/trainer/network/model.h"

namespace powerdown {
namespace {

constexpr int64_t kTop = 5;

template <typename Value>
std::vector<Value> ToVector(const torch::Tensor& tensor) {
  const Value* first = tensor.data_ptr<Value>();
  return {first, first + tensor.numel()};
}

Choices ChoicesOf(const torch::Tensor& logits) {
  Choices choices;
  choices.count = std::min(kTop, logits.size(1));
  torch::Tensor classes = std::get<1>(logits.topk(choices.count, 1)).contiguous();
  const torch::Tensor best = logits.argmax(1).contiguous();
  int64_t* row = classes.data_ptr<int64_t>();
  const int64_t* first = best.data_ptr<int64_t>();
  for (int64_t i = 0; i < classes.size(0); ++i, row += choices.count, ++first) {
    const int64_t at = std::find(row, row + choices.count, *first) - row;
    std::rotate(row, row + std::min(at, choices.count - 1), row + std::min(at + 1, choices.count));
    row[0] = *first;
  }
  choices.classes = ToVector<int64_t>(classes);
  choices.probabilities =
      ToVector<float>(logits.softmax(1).gather(1, classes).to(torch::kFloat32).contiguous());
  return choices;
}

}  // namespace

struct Network::Parts {
  Parts(const RunSpec& spec, const TaskTable& table, int64_t batch_size)
      : model(spec, table, torch::Device(torch::kCPU)),
        engine(MakeEngine(EngineKind::kFastest, spec, table, batch_size, model)),
        shapes(ShapesOf(model)) {}

  Model model;
  std::unique_ptr<Engine> engine;
  std::vector<ParameterShape> shapes;
};

Network::Network(const RunSpec& spec, const TaskTable& table, int64_t batch_size)
    : parts_(std::make_unique<Parts>(spec, table, batch_size)) {}

Network::~Network() = default;

const std::vector<ParameterShape>& Network::parameters() const {
  return parts_->shapes;
}

int64_t Network::size() const {
  return parts_->model.size();
}

void Network::SetWeights(absl::Span<const float> weights) {
  parts_->model.SetWeights(weights);
}

Choices Network::Ask(const Pairs& questions) {
  const torch::NoGradGuard no_gradient;
  return ChoicesOf(parts_->engine->Forward(ToBatch(questions).questions).logits);
}

}  // namespace powerdown
