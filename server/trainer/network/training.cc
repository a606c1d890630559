#include "server/trainer/network/training.h"

#include <algorithm>

#include "common/run/run_memory.h"
#include "server/trainer/network/engine.h"
#include "server/trainer/network/feature_probe.h"
#include "server/trainer/network/model.h"
#include "server/trainer/network/optimizer.h"

namespace powerdown {

struct Training::Parts {
  Parts(const RunSpec& all_of_spec, const TaskTable& table, const Pairs& train_pairs,
        const Pairs& validation_pairs, int64_t pairs_a_step, torch::Device on, EngineKind kind)
      : spec(all_of_spec),
        batch_size(pairs_a_step),
        device(on),
        train(ToBatch(train_pairs, device)),
        validation(ToBatch(validation_pairs, device)),
        model(spec, table, device),
        shapes(ShapesOf(model)),
        probe(model, table),
        optimizer(MakeOptimizer(spec, PartsOf(spec, model), model.flat())),
        engine(MakeEngine(kind, spec, table, batch_size, model)) {}

  double Backward(const Batch& batch) {
    answers = batch.answers;
    return engine->Backward(batch, output);
  }

  Score ScoreOn(const Batch& batch) {
    const int64_t count = batch.answers.size(0);
    Score sum;
    for (int64_t first = 0; first < count; first += kMostScoredPairs) {
      const int64_t pairs = std::min(kMostScoredPairs, count - first);
      const torch::Tensor answers_part = batch.answers.narrow(0, first, pairs);
      const Model::Output asked = engine->Forward(batch.questions.narrow(0, first, pairs));
      // 1 for a task that is scored at once: its loss keeps its bits.
      const double share = static_cast<double>(pairs) / static_cast<double>(count);
      sum.loss += share * LossOf(spec, asked.logits, answers_part).item<double>();
      sum.accuracy += share * AccuracyOf(asked.logits, answers_part);
    }
    return sum;
  }

  const RunSpec spec;
  const int64_t batch_size;
  const torch::Device device;
  const Batch train;
  const Batch validation;
  Model model;
  const std::vector<ParameterShape> shapes;
  FeatureProbe probe;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<Engine> engine;
  Model::Output output;   // of the last Backward
  torch::Tensor answers;  // of its pairs
  torch::Tensor on_cpu;   // what Weights() points into
};

Training::Training(const RunSpec& spec, const TaskTable& table, const Pairs& train,
                   const Pairs& validation, int64_t batch_size, const std::string& device,
                   EngineKind kind)
    : parts_(std::make_unique<Parts>(spec, table, train, validation, batch_size,
                                     torch::Device(device), kind)) {}

Training::~Training() = default;

const std::vector<ParameterShape>& Training::parameters() const {
  return parts_->shapes;
}

int64_t Training::size() const {
  return parts_->model.size();
}

absl::Span<const float> Training::Weights() {
  parts_->on_cpu = parts_->model.flat().detach().to(torch::kCPU).contiguous();
  return {parts_->on_cpu.data_ptr<float>(), static_cast<size_t>(size())};
}

void Training::SetWeights(absl::Span<const float> weights) {
  parts_->model.SetWeights(weights);
}

OptimizerState Training::GetOptimizerState() const {
  OptimizerState state;
  state.steps = parts_->optimizer->steps();
  for (const Optimizer::Buffer& buffer : parts_->optimizer->buffers()) {
    const torch::Tensor values = buffer.value.to(torch::kCPU);
    const float* first = values.data_ptr<float>();
    state.buffers.push_back({buffer.name, {first, first + size()}});
  }
  return state;
}

void Training::SetOptimizerState(const OptimizerState& state) {
  const std::vector<Optimizer::Buffer>& buffers = parts_->optimizer->buffers();
  for (size_t i = 0; i < buffers.size(); ++i) {
    std::vector<float> values = state.buffers.at(i).values;
    buffers[i].value.copy_(torch::from_blob(values.data(), {size()}, torch::kFloat32));
  }
  parts_->optimizer->set_steps(state.steps);
}

double Training::Backward() {
  return parts_->Backward(parts_->train);
}

double Training::Backward(const std::vector<int64_t>& rows) {
  const torch::Tensor on_device = torch::tensor(rows, torch::kInt64).to(parts_->device);
  return parts_->Backward({parts_->train.questions.index_select(0, on_device),
                           parts_->train.answers.index_select(0, on_device)});
}

void Training::Update() {
  parts_->optimizer->Step(parts_->model.flat(), parts_->model.gradient());
}

double Training::BatchAccuracy() const {
  return AccuracyOf(parts_->output.logits, parts_->answers);
}

double Training::ActivationSparsity() const {
  return SparsityOf(parts_->spec, parts_->output.hidden);
}

FeatureValues Training::MeasureFeatures() const {
  return parts_->probe.Measure(parts_->model, parts_->output, parts_->answers);
}

double Training::GradientNorm() const {
  return parts_->model.gradient().norm().item<double>();
}

double Training::WeightNorm() const {
  return parts_->model.flat().detach().norm().item<double>();
}

Training::Score Training::ScoreTrain() {
  return parts_->ScoreOn(parts_->train);
}

Training::Score Training::ScoreValidation() {
  return parts_->ScoreOn(parts_->validation);
}

double Training::StepFlops() const {
  return parts_->engine->StepFlops(parts_->batch_size);
}

}  // namespace powerdown
