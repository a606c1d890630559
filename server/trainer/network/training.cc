#include "server/trainer/network/training.h"

#include <algorithm>
#include <cmath>

#include "common/run/run_memory.h"
#include "server/trainer/network/engine.h"
#include "server/trainer/network/feature_probe.h"
#include "server/trainer/network/model.h"
#include "server/trainer/network/optimizer.h"
#include "server/trainer/network/pack.h"

namespace powerdown {
namespace {

// On the processor, with one of the engines of engine.h.
class ProcessorTraining : public Training {
 public:
  ProcessorTraining(const RunSpec& spec, const TaskTable& table, const Pairs& train,
                    const Pairs& validation, int64_t batch_size, EngineKind kind)
      : spec_(spec),
        batch_size_(batch_size),
        kind_(kind),
        train_(ToBatch(train)),
        validation_(ToBatch(validation)),
        model_(spec, table, torch::kCPU),
        shapes_(ShapesOf(model_)),
        probe_(model_.flat().detach(), table),
        optimizer_(MakeOptimizer(spec, PartsOf(spec, model_), model_.flat())),
        engine_(MakeEngine(kind, spec, table, batch_size, model_)) {}

  EngineKind engine() const override { return kind_; }
  const std::vector<ParameterShape>& parameters() const override { return shapes_; }
  int64_t size() const override { return model_.size(); }
  absl::Span<const float> Weights() override {
    return {model_.flat().data_ptr<float>(), static_cast<size_t>(size())};
  }
  void SetWeights(absl::Span<const float> weights) override { model_.SetWeights(weights); }
  OptimizerState GetOptimizerState() const override;
  void SetOptimizerState(const OptimizerState& state) override;
  double Backward(const std::vector<int64_t>& rows) override;
  void Update() override { optimizer_->Step(model_.flat(), model_.gradient()); }
  double Step(const std::vector<int64_t>& rows) override {
    const double loss = Backward(rows);
    if (std::isfinite(loss)) Update();
    return loss;
  }
  int64_t FirstBadStep(int64_t now) const override { return now; }
  TrainingMeasures Measure() override;
  FeatureValues MeasureFeatures() const override {
    return probe_.Measure({model_.parameters(), model_.flat().detach(), model_.gradient()}, output_,
                          answers_);
  }
  double StepFlops() const override { return engine_->StepFlops(batch_size_); }

 private:
  struct Score {
    double loss = 0;
    double accuracy = 0;
  };
  Score ScoreOn(const Batch& batch);

  const RunSpec spec_;
  const int64_t batch_size_;
  const EngineKind kind_;
  const Batch train_;
  const Batch validation_;
  Model model_;
  const std::vector<ParameterShape> shapes_;
  FeatureProbe probe_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Engine> engine_;
  double loss_ = 0;          // of the last Backward
  Model::Output output_;     // likewise
  torch::Tensor answers_;    // of its pairs
  bool is_partial_ = false;  // whether those were not all
};

OptimizerState ProcessorTraining::GetOptimizerState() const {
  OptimizerState state;
  state.steps = optimizer_->steps();
  for (const Optimizer::Buffer& buffer : optimizer_->buffers()) {
    const float* first = buffer.value.data_ptr<float>();
    state.buffers.push_back({buffer.name, {first, first + size()}});
  }
  return state;
}

void ProcessorTraining::SetOptimizerState(const OptimizerState& state) {
  const std::vector<Optimizer::Buffer>& buffers = optimizer_->buffers();
  for (size_t i = 0; i < buffers.size(); ++i) {
    std::vector<float> values = state.buffers.at(i).values;
    buffers[i].value.copy_(torch::from_blob(values.data(), {size()}, torch::kFloat32));
  }
  optimizer_->set_steps(state.steps);
}

double ProcessorTraining::Backward(const std::vector<int64_t>& rows) {
  is_partial_ = !rows.empty();
  Batch batch = train_;
  if (is_partial_) {
    const torch::Tensor index = torch::tensor(rows, torch::kInt64);
    batch = {train_.questions.index_select(0, index), train_.answers.index_select(0, index)};
  }
  answers_ = batch.answers;
  loss_ = engine_->Backward(batch, output_);
  return loss_;
}

TrainingMeasures ProcessorTraining::Measure() {
  TrainingMeasures measures;
  Score train{loss_, 0};
  if (is_partial_) {
    train = ScoreOn(train_);
  } else {
    train.accuracy = AccuracyOf(output_.logits, answers_);
  }
  const Score validation = ScoreOn(validation_);
  measures.train_loss = train.loss;
  measures.train_accuracy = train.accuracy;
  measures.validation_loss = validation.loss;
  measures.validation_accuracy = validation.accuracy;
  measures.gradient_norm = model_.gradient().norm().item<double>();
  measures.weight_norm = model_.flat().detach().norm().item<double>();
  measures.activation_sparsity = SparsityOf(spec_, output_.hidden);
  return measures;
}

ProcessorTraining::Score ProcessorTraining::ScoreOn(const Batch& batch) {
  const int64_t count = batch.answers.size(0);
  Score sum;
  for (int64_t first = 0; first < count; first += kMostScoredPairs) {
    const int64_t pairs = std::min(kMostScoredPairs, count - first);
    const torch::Tensor answers = batch.answers.narrow(0, first, pairs);
    const Model::Output asked = engine_->Forward(batch.questions.narrow(0, first, pairs));
    // 1 for a task that is scored at once: its loss keeps its bits.
    const double share = static_cast<double>(pairs) / static_cast<double>(count);
    sum.loss += share * LossOf(spec_, asked.logits, answers).item<double>();
    sum.accuracy += share * AccuracyOf(asked.logits, answers);
  }
  return sum;
}

// A pack of one.
class TensorTraining : public Training {
 public:
  TensorTraining(const RunSpec& spec, const TaskTable& table, const Pairs& train,
                 const Pairs& validation, const std::string& device)
      : pack_(table, {{spec, train, validation}}, device) {}

  EngineKind engine() const override { return EngineKind::kTensors; }
  const std::vector<ParameterShape>& parameters() const override { return pack_.parameters(); }
  int64_t size() const override { return pack_.size(); }
  absl::Span<const float> Weights() override {
    weights_ = pack_.Weights(0);
    return weights_;
  }
  void SetWeights(absl::Span<const float> weights) override { pack_.SetWeights(0, weights); }
  OptimizerState GetOptimizerState() const override { return pack_.GetOptimizerState(0); }
  void SetOptimizerState(const OptimizerState& state) override {
    pack_.SetOptimizerState(0, state);
  }
  double Backward(const std::vector<int64_t>& rows) override {
    pack_.Backward({rows});
    loss_ = pack_.Measure(0).batch_loss;
    return loss_;
  }
  void Update() override { pack_.Update(); }
  double Step(const std::vector<int64_t>& rows) override {
    pack_.Step({rows});
    return loss_;
  }
  int64_t FirstBadStep(int64_t now) const override { return pack_.FirstBadStep(0).value_or(now); }
  TrainingMeasures Measure() override { return pack_.Measure(0).measures; }
  FeatureValues MeasureFeatures() const override { return pack_.MeasureFeatures(0); }
  double StepFlops() const override { return pack_.StepFlops(); }

 private:
  Pack pack_;
  double loss_ = 0;  // of the last Backward
  std::vector<float> weights_;
};

}  // namespace

std::unique_ptr<Training> MakeTraining(const RunSpec& spec, const TaskTable& table,
                                       const Pairs& train, const Pairs& validation,
                                       int64_t batch_size, const std::string& device,
                                       EngineKind kind) {
  kind = EngineFor(kind, spec, table, batch_size, device);
  if (kind == EngineKind::kTensors) {
    return std::make_unique<TensorTraining>(spec, table, train, validation, device);
  }
  return std::make_unique<ProcessorTraining>(spec, table, train, validation, batch_size, kind);
}

}  // namespace powerdown
