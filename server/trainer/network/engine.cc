#include "server/trainer/network/engine.h"

#include "server/trainer/network/fast_mlp.h"
#include "server/trainer/network/fast_transformer.h"

namespace powerdown {
namespace {

class PlainEngine : public Engine {
 public:
  PlainEngine(const RunSpec& spec, const TaskTable& table, Model& model)
      : spec_(spec),
        operands_(static_cast<double>(table.operands)),
        classes_(static_cast<double>(table.classes)),
        model_(model) {}

  double Backward(const Batch& batch, Model::Output& output) override {
    torch::Tensor gradient = model_.gradient();
    if (gradient.defined()) gradient.zero_();
    output = model_.Forward(batch.questions);
    torch::Tensor loss = LossOf(spec_, output.logits, batch.answers);
    loss.backward();
    output.logits = output.logits.detach();
    output.hidden = output.hidden.detach();
    return loss.item<double>();
  }

  Model::Output Forward(const torch::Tensor& questions) override {
    const torch::NoGradGuard no_gradient;
    return model_.Forward(questions);
  }

  double StepFlops(int64_t examples) const override {
    const auto width = static_cast<double>(spec_.width);
    const auto hidden = static_cast<double>(spec_.hidden);
    const auto layers = static_cast<double>(spec_.layers);
    const double length = operands_ + 1;
    const double forward =
        spec_.model == "transformer"
            ? layers * length * (4 * width * width + 2 * width * hidden + 2 * length * width) +
                  width * classes_
        : spec_.model == "quadratic"
            ? hidden * classes_  // one-hot operands pick rows: no product
            : operands_ * width * hidden + (layers - 1) * hidden * hidden + hidden * classes_;
    return 3 * 2 * forward * static_cast<double>(examples);
  }

 private:
  const RunSpec spec_;
  const double operands_;
  const double classes_;
  Model& model_;
};

template <typename Real>
std::unique_ptr<Engine> MakeFast(const RunSpec& spec, const TaskTable& table, Model& model) {
  if (spec.model == "mlp") return std::make_unique<FastMlp<Real>>(spec, table, model);
  return std::make_unique<FastTransformer<Real>>(spec, table, model);
}

}  // namespace

EngineKind EngineFor(EngineKind wanted, const RunSpec& spec, const TaskTable& table,
                     int64_t batch_size, const std::string& device) {
  if (device != "cpu" || wanted == EngineKind::kTensors) return EngineKind::kTensors;
  const bool is_simple_transformer = spec.model == "transformer" && spec.layers == 1 &&
                                     spec.layer_norm == "off" && spec.position == "learned";
  const bool has_loops =
      (spec.model == "mlp" || is_simple_transformer) && batch_size >= table.symbols;
  return wanted != EngineKind::kPlain && has_loops ? EngineKind::kLoops : EngineKind::kPlain;
}

std::unique_ptr<Engine> MakeEngine(EngineKind kind, const RunSpec& spec, const TaskTable& table,
                                   int64_t batch_size, Model& model) {
  const torch::Tensor weights = model.flat();
  if (EngineFor(kind, spec, table, batch_size, "cpu") != EngineKind::kLoops) {
    return std::make_unique<PlainEngine>(spec, table, model);
  }
  weights.mutable_grad() = torch::zeros_like(weights.detach());
  if (weights.scalar_type() == torch::kFloat64) return MakeFast<double>(spec, table, model);
  return MakeFast<float>(spec, table, model);
}

}  // namespace powerdown
