// The fast engines against the model as written: same weights, same gradients.
#include "server/trainer/network/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "server/trainer/network/fast_loss.h"
#include "server/trainer/network/optimizer.h"
#include "server/trainer/network/vector_loops.h"
#include "tests/server/trainer/network/tensor_dataset.h"

namespace powerdown {
namespace {

RunSpec SmallSpec(const std::string& model, const std::string& activation, int64_t layers) {
  RunSpec spec;
  spec.model = model;
  spec.activation = activation;
  spec.layers = layers;
  spec.modulus = 13;
  spec.width = 16;
  spec.hidden = 24;
  spec.heads = 4;
  spec.learning_rate = 0.01;
  return spec;
}

// One network under both engines, and a third time in double as the truth.
struct Trio {
  explicit Trio(const RunSpec& spec, torch::ScalarType type = torch::kFloat32)
      : dataset(spec),
        plain_model(spec, dataset.table, torch::kCPU, type),
        fast_model(spec, dataset.table, torch::kCPU, type),
        exact_model(spec, dataset.table, torch::kCPU, torch::kFloat64),
        plain(Make(EngineKind::kPlain, spec, plain_model)),
        fast(Make(EngineKind::kFastest, spec, fast_model)),
        exact(Make(EngineKind::kPlain, spec, exact_model)) {}

  std::unique_ptr<Engine> Make(EngineKind kind, const RunSpec& spec, Model& model) {
    return MakeEngine(kind, spec, dataset.table, dataset.train.size(), model);
  }

  TensorDataset dataset;
  Model plain_model, fast_model, exact_model;
  std::unique_ptr<Engine> plain, fast, exact;
};

double Distance(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

// From the fast model's weights, both gradients: true where no ReLU lies so near its kink that
// rounding puts it on another side.
bool HaveEqualKinks(Trio& trio) {
  trio.plain_model.flat().detach().copy_(trio.fast_model.flat().detach());
  trio.exact_model.flat().detach().copy_(trio.fast_model.flat().detach());
  Model::Output plain, fast, exact;
  trio.plain->Backward(trio.dataset.train, plain);
  trio.fast->Backward(trio.dataset.train, fast);
  trio.exact->Backward(trio.dataset.train, exact);
  const auto is_on = [](const Model::Output& output) { return output.hidden.gt(0); };
  return is_on(plain).equal(is_on(fast)) && is_on(plain).equal(is_on(exact));
}

// Agreement to 1e-5 of each tensor's largest gradient; where the plain model's own rounding is
// greater (small sums of large terms, late in training), to five times that.
void ExpectGradientsAgree(Trio& trio) {
  int64_t offset = 0;
  for (const NamedParameter& parameter : trio.plain_model.parameters()) {
    const auto part = [&](const Model& model) {
      return model.gradient().narrow(0, offset, parameter.value.numel());
    };
    const torch::Tensor exact = part(trio.exact_model);
    const double scale = exact.abs().max().item<double>();
    const double rounding = Distance(part(trio.plain_model), exact);
    EXPECT_LE(Distance(part(trio.plain_model), part(trio.fast_model)),
              std::max(1e-5 * scale, 5 * rounding))
        << parameter.name;
    offset += parameter.value.numel();
  }
}

std::unique_ptr<Optimizer> OptimizerOf(const RunSpec& spec, const Model& model) {
  return MakeOptimizer(spec, PartsOf(spec, model), model.flat());
}

void Update(Model& model, Optimizer& optimizer) {
  optimizer.Step(model.flat(), model.gradient());
}

// Trains the fast model; compares at the first step from each of `at` on that has equal kinks.
void TrainAndCompare(Trio& trio, const RunSpec& spec, const std::vector<int>& at) {
  constexpr int kMostTries = 60;
  const auto optimizer = OptimizerOf(spec, trio.fast_model);
  Model::Output output;
  int step = 0;
  for (const int wanted : at) {
    for (;; ++step) {
      if (step >= wanted && HaveEqualKinks(trio)) break;
      ASSERT_LT(step, wanted + kMostTries) << "no step without a kink";
      trio.fast->Backward(trio.dataset.train, output);
      Update(trio.fast_model, *optimizer);
    }
    SCOPED_TRACE("at step " + std::to_string(step));
    ExpectGradientsAgree(trio);
  }
}

struct Network {
  std::string model, activation;
  int64_t layers;
};

void PrintTo(const Network& network, std::ostream* out) {
  *out << network.model;
}

class EngineAgreement : public testing::TestWithParam<Network> {};

TEST_P(EngineAgreement, GradientsAgreeToRoundingBeforeAndWhileTraining) {
  const RunSpec spec = SmallSpec(GetParam().model, GetParam().activation, GetParam().layers);
  Trio trio(spec);
  TrainAndCompare(trio, spec, {0, 50, 500});
}

TEST_P(EngineAgreement, HeldOutLogitsAgree) {
  const RunSpec spec = SmallSpec(GetParam().model, GetParam().activation, GetParam().layers);
  Trio trio(spec, torch::kFloat64);
  const torch::Tensor questions = trio.dataset.validation.questions;
  const Model::Output expected = trio.plain->Forward(questions);
  const Model::Output got = trio.fast->Forward(questions);
  EXPECT_LT((expected.logits - got.logits).abs().max().item<double>(), 1e-12);
  EXPECT_LT((expected.hidden - got.hidden).abs().max().item<double>(), 1e-12);
}

TEST_P(EngineAgreement, DoubleLossesAgreeOverFiftySteps) {
  const RunSpec spec = SmallSpec(GetParam().model, GetParam().activation, GetParam().layers);
  Trio trio(spec, torch::kFloat64);
  const auto plain_optimizer = OptimizerOf(spec, trio.plain_model);
  const auto fast_optimizer = OptimizerOf(spec, trio.fast_model);
  Model::Output output;
  for (int step = 0; step < 50; ++step) {
    const double expected = trio.plain->Backward(trio.dataset.train, output);
    const double got = trio.fast->Backward(trio.dataset.train, output);
    ASSERT_NEAR(got / expected, 1, 1e-4) << "at step " << step;
    Update(trio.plain_model, *plain_optimizer);
    Update(trio.fast_model, *fast_optimizer);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, EngineAgreement,
    testing::Values(Network{"mlp", "relu", 1}, Network{"mlp", "gelu", 1}, Network{"mlp", "silu", 2},
                    Network{"mlp", "quadratic", 1}, Network{"mlp", "relu", 3},
                    Network{"transformer", "relu", 1}, Network{"transformer", "gelu", 1},
                    Network{"transformer", "quadratic", 1}),
    [](const auto& info) {
      return info.param.model + "_" + info.param.activation + std::to_string(info.param.layers);
    });

TEST(Engine, AgreesAfterTheGrokOfTheDefaultRun) {
  const RunSpec spec;
  Trio trio(spec);
  TrainAndCompare(trio, spec, {0, 50, 700});
  const Model::Output output = trio.fast->Forward(trio.dataset.validation.questions);
  EXPECT_GT(AccuracyOf(output.logits, trio.dataset.validation.answers), 0.99);
}

TEST(Engine, AgreesForOtherLossesToo) {
  RunSpec spec = SmallSpec("mlp", "relu", 1);
  spec.loss = "mse";
  Trio trio(spec);
  TrainAndCompare(trio, spec, {0, 20});
}

TEST(Engine, AgreesForMoreOperandsThanTwo) {
  for (const char* model : {"mlp", "transformer"}) {
    RunSpec spec = SmallSpec(model, "relu", 1);
    spec.task = "parity";
    Trio trio(spec);
    ASSERT_GT(trio.dataset.table.operands, 2);
    TrainAndCompare(trio, spec, {0, 20});
  }
}

TEST(Engine, GroksAtTheSameEvaluationInDouble) {
  const RunSpec spec;
  const auto grok_step = [&](EngineKind kind) {
    const TensorDataset dataset(spec);
    Model model(spec, dataset.table, torch::kCPU, torch::kFloat64);
    const auto engine = MakeEngine(kind, spec, dataset.table, dataset.train.size(), model);
    const auto optimizer = OptimizerOf(spec, model);
    Model::Output output;
    for (int step = 0; step < 1000; ++step) {
      if (step % 10 == 0) {
        output = engine->Forward(dataset.validation.questions);
        if (AccuracyOf(output.logits, dataset.validation.answers) >= 0.99) return step;
      }
      engine->Backward(dataset.train, output);
      Update(model, *optimizer);
    }
    return -1;
  };
  const int step = grok_step(EngineKind::kFastest);
  EXPECT_GT(step, 0);
  EXPECT_EQ(step, grok_step(EngineKind::kPlain));
}

TEST(FastLoss, CrossEntropyMatchesAutogradOnLargeLogits) {
  const RunSpec spec;
  const torch::Tensor logits = torch::tensor({{80.0F, -80.0F, 0.0F}, {1.0F, 2.0F, 3.0F}});
  const torch::Tensor answers = torch::tensor({int64_t{1}, int64_t{2}});
  torch::Tensor gradient = torch::empty_like(logits);
  FastLoss<float> loss(spec);
  const torch::Tensor leaf = logits.clone().requires_grad_(true);
  const torch::Tensor expected = LossOf(spec, leaf, answers);
  expected.backward();
  EXPECT_NEAR(loss.Backward(logits, answers, gradient), expected.item<double>(), 1e-4);
  EXPECT_LT((gradient - leaf.grad()).abs().max().item<double>(), 1e-6);
}

TEST(VectorLoops, ANumberThatIsNoneStaysNone) {
  const int64_t symbols[] = {0, 1};
  const float table[] = {1, 2, NAN, -5};  // one row an operand and symbol
  float out = 0;
  GatherSum({symbols, 1, 2, 2, 1}, table, true, &out);
  EXPECT_EQ(out, 0);  // 1 - 5, clamped
  const int64_t other[] = {0, 0};
  GatherSum({other, 1, 2, 2, 1}, table, true, &out);
  EXPECT_TRUE(std::isnan(out));
}

}  // namespace
}  // namespace powerdown
