#include "server/trainer/network/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/server/trainer/network/reference_network.h"
#include "tests/server/trainer/network/tensor_dataset.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

struct Case {
  std::string name;
  RunSpec spec;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, RunSpec spec, auto change) {
    spec.modulus = 5;
    spec.width = 4;
    spec.hidden = 6;
    change(spec);
    cases.push_back({name, spec});
  };
  const auto nothing = [](RunSpec&) {};
  add("Mlp", TinySpec(), nothing);
  add("MlpOfTwoLayers", TinySpec(), [](RunSpec& spec) { spec.layers = 2; });
  add("MlpGelu", TinySpec(), [](RunSpec& spec) { spec.activation = "gelu"; });
  add("MlpSilu", TinySpec(), [](RunSpec& spec) { spec.activation = "silu"; });
  add("MlpQuadratic", TinySpec(), [](RunSpec& spec) { spec.activation = "quadratic"; });
  add("MlpMse", TinySpec(), [](RunSpec& spec) { spec.loss = "mse"; });
  add("Transformer", TinyTransformer(), nothing);
  add("TransformerOfThreeLayers", TinyTransformer(), [](RunSpec& spec) { spec.layers = 3; });
  add("TransformerWithLayerNorm", TinyTransformer(), [](RunSpec& spec) {
    spec.layer_norm = "on";
    spec.layers = 2;
  });
  add("TransformerOfWaves", TinyTransformer(), [](RunSpec& spec) { spec.position = "sinusoidal"; });
  add("TransformerBlindToPosition", TinyTransformer(),
      [](RunSpec& spec) { spec.position = "none"; });
  add("TransformerOfOneHead", TinyTransformer(), [](RunSpec& spec) { spec.heads = 1; });
  add("MlpStableMax", TinySpec(), [](RunSpec& spec) { spec.loss = "stablemax"; });
  add("MlpOfLargeWeights", TinySpec(), [](RunSpec& spec) { spec.initial_scale = 3; });
  add("Quadratic", TinySpec(), [](RunSpec& spec) { spec.model = "quadratic"; });
  add("QuadraticMse", TinySpec(), [](RunSpec& spec) {
    spec.model = "quadratic";
    spec.loss = "mse";
    spec.initial_scale = 2;
  });
  return cases;
}

class ModelTest : public testing::TestWithParam<Case> {
 protected:
  ModelTest()
      : dataset_(GetParam().spec),
        model_(GetParam().spec, dataset_.table, torch::Device(torch::kCPU)) {}

  TensorDataset dataset_;
  Model model_;
};

// An independent network in float64 gives the loss; central differences give its slopes.
TEST_P(ModelTest, LossAndGradientAreThoseOfTheNetworkWrittenOut) {
  const RunSpec& spec = GetParam().spec;
  const torch::Tensor loss =
      LossOf(spec, model_.Forward(dataset_.train.questions).logits, dataset_.train.answers);
  loss.backward();
  ReferenceNetwork reference(spec, dataset_.table, model_);
  EXPECT_NEAR(loss.item<double>(), reference.Loss(dataset_.train), 1e-5);
  const torch::Tensor gradient = model_.gradient().contiguous();
  const double largest = gradient.abs().max().item<double>();
  ASSERT_GT(largest, 1e-3);
  for (int64_t i = 0; i < model_.size(); ++i) {
    const double slope = reference.Slope(dataset_.train, i);
    ASSERT_NEAR(gradient.data_ptr<float>()[i], slope, 1e-4 * largest) << "weight " << i;
  }
}

TEST_P(ModelTest, ParametersAreViewsThatTileTheFlatBuffer) {
  int64_t size = 0;
  for (const NamedParameter& parameter : model_.parameters()) {
    EXPECT_EQ(parameter.value.data_ptr<float>(), model_.flat().data_ptr<float>() + size);
    size += parameter.value.numel();
  }
  EXPECT_EQ(size, model_.size());
}

TEST_P(ModelTest, SeedAndScaleDecideTheWeights) {
  RunSpec spec = GetParam().spec;
  const torch::Device cpu(torch::kCPU);
  EXPECT_TRUE(Model(spec, dataset_.table, cpu).flat().equal(model_.flat()));
  spec.initial_scale = 2;
  const torch::Tensor scaled = Model(spec, dataset_.table, cpu).flat();
  const double before = GetParam().spec.initial_scale;
  if (spec.layer_norm == "off") {
    EXPECT_TRUE(torch::allclose(scaled, 2 / before * model_.flat(), 1e-6));
  }
  spec.initial_scale = before;
  spec.seed = 1;
  EXPECT_FALSE(Model(spec, dataset_.table, cpu).flat().equal(model_.flat()));
}

INSTANTIATE_TEST_SUITE_P(Networks, ModelTest, testing::ValuesIn(Cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(LossTest, AccuracyIsTheShareOfRightAnswers) {
  const torch::Tensor logits = torch::tensor({{1.F, 2.F}, {3.F, 0.F}, {0.F, 1.F}, {5.F, 1.F}});
  EXPECT_EQ(AccuracyOf(logits, torch::tensor({1, 0, 0, 1})), 0.5);
  EXPECT_EQ(AccuracyOf(logits, torch::tensor({1, 0, 1, 0})), 1);
}

TEST(LossTest, CrossEntropyOfHugeLogitsIsFinite) {
  const torch::Tensor logits = torch::tensor({{1e30F, 0.F}, {0.F, 1e4F}});
  EXPECT_NEAR(LossOf(RunSpec(), logits, torch::tensor({0, 0})).item<double>(), 5e3, 1e-3);
}

TEST(LossTest, StableMaxOfHugeLogitsIsFiniteWithItsGradient) {
  RunSpec spec;
  spec.loss = "stablemax";
  torch::Tensor logits = torch::tensor({{1e30F, 0.F}, {-1e30F, 1e4F}}).requires_grad_(true);
  torch::Tensor loss = LossOf(spec, logits, torch::tensor({0, 0}));
  loss.backward();
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_TRUE(logits.grad().isfinite().all().item<bool>());
}

// A right answer can always be righter: with softmax its gradient would be exactly 0 here.
TEST(LossTest, StableMaxStillLearnsWhereSoftmaxHasCollapsed) {
  RunSpec spec;
  for (const bool is_stable : {false, true}) {
    spec.loss = is_stable ? "stablemax" : "cross-entropy";
    torch::Tensor logits = torch::tensor({{200.F, 0.F}}).requires_grad_(true);
    LossOf(spec, logits, torch::tensor({0})).backward();
    EXPECT_EQ(logits.grad()[0][0].item<float>() < 0, is_stable);
  }
}

TEST(SparsityTest, CountsUnitsThatAreOff) {
  RunSpec spec;
  const torch::Tensor hidden = torch::tensor({{0.F, 1.F}, {-1.F, 2.F}});
  EXPECT_EQ(SparsityOf(spec, hidden), 0.5);
  spec.activation = "quadratic";
  EXPECT_EQ(SparsityOf(spec, hidden), 0.25);
}

}  // namespace
}  // namespace powerdown
