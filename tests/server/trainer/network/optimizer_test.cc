#include "server/trainer/network/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/trainer/network/tensor_dataset.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

using testing::ElementsAre;

constexpr int64_t kSize = 12;
constexpr int64_t kAfterWarmUp = 10;

RunSpec Spec(const std::string& optimizer) {
  RunSpec spec = TinySpec();
  spec.optimizer = optimizer;
  spec.learning_rate = 0.01;
  spec.weight_decay = 0.5;
  return spec;
}

std::vector<OptimizerPart> OneMatrix() {
  OptimizerPart part;
  part.size = kSize;
  part.sizes = {3, 4};
  part.weight_decay = 0.5;
  part.is_hidden_map = true;
  return {part};
}

std::unique_ptr<Optimizer> Make(const RunSpec& spec) {
  auto optimizer = MakeOptimizer(spec, OneMatrix(), torch::zeros({kSize}));
  optimizer->set_steps(kAfterWarmUp);
  return optimizer;
}

torch::Tensor Wave(double shift) {
  return torch::sin(torch::arange(kSize, torch::kFloat32) * 0.9 + shift);
}

void ExpectNear(const torch::Tensor& got, const torch::Tensor& expected) {
  EXPECT_TRUE(torch::allclose(got, expected, 1e-4, 1e-6)) << got << expected;
}

TEST(OptimizerTest, SgdIsMomentumAndDecayWrittenOut) {
  const auto optimizer = Make(Spec("sgd"));
  torch::Tensor weights = Wave(0);
  torch::Tensor expected = Wave(0);
  torch::Tensor momentum = torch::zeros({kSize});
  for (int step = 1; step <= 5; ++step) {
    momentum = 0.9 * momentum + Wave(step);
    expected = (1 - 0.01 * 0.5) * expected - 0.01 * momentum;
    optimizer->Step(weights, Wave(step));
  }
  ExpectNear(weights, expected);
}

TEST(OptimizerTest, WarmUpIsTenStepsLong) {
  RunSpec spec = Spec("sgd");
  spec.momentum = 0;
  spec.weight_decay = 0;
  std::vector<OptimizerPart> parts = OneMatrix();
  parts[0].weight_decay = 0;
  const auto optimizer = MakeOptimizer(spec, parts, torch::zeros({kSize}));
  torch::Tensor weights = torch::zeros({kSize});
  for (int step = 1; step <= 12; ++step) optimizer->Step(weights, torch::ones({kSize}));
  ExpectNear(weights, torch::full({kSize}, -0.01 * (5.5 + 2)));
}

TEST(OptimizerTest, OrthogonalisedHasSingularValuesNearOne) {
  torch::manual_seed(1);
  for (const auto& matrix : {torch::randn({8, 20}), torch::randn({20, 8}), torch::randn({9, 9})}) {
    const torch::Tensor result = Orthogonalised(matrix);
    ASSERT_EQ(result.sizes(), matrix.sizes());
    const torch::Tensor values = torch::linalg_svdvals(result);
    EXPECT_GT(values.min().item<double>(), 0.4);
    EXPECT_LT(values.max().item<double>(), 1.3);
    const auto [u, s, v] = torch::linalg_svd(matrix, /*full_matrices=*/false);
    const torch::Tensor exact = u.mm(v);
    EXPECT_GT((result * exact).sum().item<double>() / (result.norm() * exact.norm()).item<double>(),
              0.95);
  }
}

TEST(OptimizerTest, MuonMovesMatricesOrthogonallyAndTheRestAsAdamW) {
  const RunSpec spec = Spec("muon");
  std::vector<OptimizerPart> parts = OneMatrix();
  const auto muon = Make(spec);
  torch::Tensor weights = Wave(0);
  muon->Step(weights, Wave(1));
  const torch::Tensor expected =
      (1 - 0.01 * 0.5) * Wave(0) - 0.01 * 0.2 * 2 * Orthogonalised(Wave(1).view({3, 4})).flatten();
  ExpectNear(weights, expected);

  parts[0].is_hidden_map = false;
  const auto rest = MakeOptimizer(spec, parts, weights);
  const auto adamw = MakeOptimizer(Spec("adamw"), parts, weights);
  torch::Tensor one = Wave(0);
  torch::Tensor other = Wave(0);
  rest->Step(one, Wave(1));
  adamw->Step(other, Wave(1));
  EXPECT_TRUE(one.equal(other));
}

TEST(OptimizerTest, DoubleFollowsSingle) {
  const auto single_optimizer = MakeOptimizer(Spec("adamw"), OneMatrix(), torch::zeros({kSize}));
  const auto double_optimizer =
      MakeOptimizer(Spec("adamw"), OneMatrix(), torch::zeros({kSize}, torch::kFloat64));
  torch::Tensor single = Wave(0);
  torch::Tensor twice = Wave(0).to(torch::kFloat64);
  for (int step = 1; step <= 50; ++step) {
    single_optimizer->Step(single, Wave(step));
    double_optimizer->Step(twice, Wave(step).to(torch::kFloat64));
  }
  ExpectNear(single.to(torch::kFloat64), twice);
}

// Lee et al. 2024, algorithm 2: the average begins with the first gradient.
TEST(OptimizerTest, GrokfastAddsTheSlowPart) {
  RunSpec spec = Spec("sgd");
  spec.momentum = 0;
  spec.grokfast = 2;
  spec.grokfast_memory = 0.75;
  const auto optimizer = MakeOptimizer(spec, OneMatrix(), torch::zeros({kSize}));
  torch::Tensor slow = Wave(1);
  torch::Tensor weights = torch::zeros({kSize});
  torch::Tensor expected = torch::zeros({kSize});
  for (int step = 1; step <= 4; ++step) {
    if (step > 1) slow = 0.75 * slow + 0.25 * Wave(step);
    const double rate = 0.01 * step / 10;
    expected = (1 - rate * 0.5) * expected - rate * (Wave(step) + 2 * slow);
    optimizer->Step(weights, Wave(step));
  }
  ExpectNear(weights, expected);
}

TEST(OptimizerTest, OrthogonalGradientKeepsItsLengthAndLeavesTheWeightsDirection) {
  RunSpec spec = Spec("sgd");
  spec.momentum = 0;
  spec.orthogonal_gradient = "on";
  std::vector<OptimizerPart> parts = OneMatrix();
  parts[0].weight_decay = 0;
  const auto optimizer = MakeOptimizer(spec, parts, torch::zeros({kSize}));
  optimizer->set_steps(kAfterWarmUp);
  torch::Tensor weights = Wave(0);
  optimizer->Step(weights, Wave(1));
  const torch::Tensor moved = weights - Wave(0);
  EXPECT_NEAR(torch::dot(moved, Wave(0)).item<double>(), 0, 1e-6);
  EXPECT_NEAR(moved.norm().item<double>(), 0.01 * Wave(1).norm().item<double>(), 1e-6);
}

TEST(OptimizerTest, BuffersAreNamedForCheckpoints) {
  const auto names = [](const RunSpec& spec) {
    std::vector<std::string> found;
    const auto optimizer = Make(spec);
    for (const Optimizer::Buffer& buffer : optimizer->buffers()) found.push_back(buffer.name);
    return found;
  };
  RunSpec spec = Spec("muon");
  spec.grokfast = 1;
  EXPECT_THAT(names(spec), ElementsAre("mean", "square", "momentum", "slow_gradient"));
  EXPECT_THAT(names(Spec("adamw")), ElementsAre("mean", "square"));
}

class DecayGroupTest : public testing::TestWithParam<std::string> {};

// What decays with a gradient of 0.
TEST_P(DecayGroupTest, SaysWhichParametersShrink) {
  RunSpec spec = TinyTransformer();
  spec.layer_norm = "on";
  spec.decay_group = GetParam();
  const TensorDataset dataset(spec);
  Model model(spec, dataset.table, torch::Device(torch::kCPU));
  const auto optimizer = MakeOptimizer(spec, PartsOf(spec, model), model.flat());
  const torch::Tensor before = model.flat().detach().clone();
  optimizer->Step(model.flat(), torch::zeros_like(before));
  int64_t offset = 0;
  for (const NamedParameter& parameter : model.parameters()) {
    const bool is_matrix = parameter.value.dim() == 2;
    const bool is_outer = parameter.name == "embedding" || parameter.name == "position" ||
                          parameter.name == "unembedding.weight";
    const bool decays =
        GetParam() == "all" || (is_matrix && (GetParam() == "matrices" || !is_outer));
    const torch::Tensor old = before.narrow(0, offset, parameter.value.numel());
    const torch::Tensor now = parameter.value.detach().flatten();
    offset += parameter.value.numel();
    const bool is_zero = parameter.name.ends_with(".shift");
    EXPECT_EQ(!now.equal(old), decays && !is_zero) << parameter.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Groups, DecayGroupTest, testing::Values("all", "matrices", "hidden"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace powerdown
