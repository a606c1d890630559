// The packed networks against the model as written, in double.
#include "server/trainer/network/packed_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "server/trainer/network/model.h"
#include "server/trainer/network/packed_loss.h"
#include "tests/server/trainer/network/tensor_dataset.h"

namespace powerdown {
namespace {

constexpr int64_t kPackMembers = 3;

struct PackedCase {
  std::string name;
  RunSpec spec;
};

void PrintTo(const PackedCase& one, std::ostream* out) {
  *out << one.name;
}

RunSpec PackedSpec(const std::string& model, int64_t layers, const std::string& activation) {
  RunSpec spec;
  spec.model = model;
  spec.layers = layers;
  spec.activation = activation;
  spec.modulus = 11;
  spec.width = 12;
  spec.hidden = 18;
  spec.heads = 3;
  return spec;
}

std::vector<PackedCase> PackedCases() {
  std::vector<PackedCase> cases;
  const auto add = [&](const std::string& name, const RunSpec& spec) {
    cases.push_back({name, spec});
  };
  for (const char* activation : {"relu", "gelu", "silu", "quadratic"}) {
    for (int64_t layers = 1; layers <= 4; ++layers) {
      const std::string end = std::string(activation) + std::to_string(layers);
      add("mlp_" + end, PackedSpec("mlp", layers, activation));
      add("transformer_" + end, PackedSpec("transformer", layers, activation));
    }
  }
  add("quadratic", PackedSpec("quadratic", 1, "relu"));
  for (int64_t layers = 1; layers <= 4; ++layers) {
    RunSpec spec = PackedSpec("transformer", layers, "relu");
    spec.layer_norm = "on";
    add("layer_norm" + std::to_string(layers), spec);
    spec.position = "sinusoidal";
    add("sinusoidal_layer_norm" + std::to_string(layers), spec);
    spec.layer_norm = "off";
    spec.position = "none";
    add("no_position" + std::to_string(layers), spec);
  }
  for (const char* model : {"mlp", "transformer", "quadratic"}) {
    RunSpec spec = PackedSpec(model, 1, "relu");
    spec.task = "parity";
    add(std::string("parity_") + model, spec);
    spec.task = "addition";
    spec.loss = "mse";
    add(std::string("mse_") + model, spec);
    spec.loss = "stablemax";
    add(std::string("stablemax_") + model, spec);
  }
  return cases;
}

// A pack whose members differ in weights and in questions, and each member as the plain model.
class PackedNetworkTest : public testing::TestWithParam<PackedCase> {
 protected:
  PackedNetworkTest() {
    std::vector<torch::Tensor> rows, questions, answers;
    for (int64_t member = 0; member < kPackMembers; ++member) {
      RunSpec spec = GetParam().spec;
      spec.seed = member;
      spec.split_seed = member;
      datasets_.emplace_back(spec);
      models_.push_back(
          std::make_unique<Model>(spec, datasets_.back().table, torch::kCPU, torch::kFloat64));
      if (!layout_) layout_ = std::make_unique<PackedLayout>(*models_[0]);
      rows.push_back(layout_->RowOf(models_.back()->flat()));
      questions.push_back(datasets_.back().train.questions);
      answers.push_back(datasets_.back().train.answers);
    }
    weights_ = torch::stack(rows).to(TestDevice());
    questions_ = torch::stack(questions).to(TestDevice());
    answers_ = torch::stack(answers).to(TestDevice());
    network_ =
        std::make_unique<PackedNetwork>(GetParam().spec, datasets_[0].table, *layout_, weights_);
  }

  std::vector<TensorDataset> datasets_;
  std::vector<std::unique_ptr<Model>> models_;
  std::unique_ptr<PackedLayout> layout_;
  torch::Tensor weights_, questions_, answers_;
  std::unique_ptr<PackedNetwork> network_;
};

double Largest(const torch::Tensor& tensor) {
  return tensor.abs().max().item<double>();
}

TEST_P(PackedNetworkTest, GradientsAreThoseOfThePlainModel) {
  const PackedNetwork::Output output = network_->Forward(network_->RowsOf(questions_));
  const PackedLoss loss = PackedLossWithGradient(GetParam().spec, output.logits, answers_);
  torch::Tensor packed = torch::full_like(weights_, 7);  // whatever was there before
  network_->Backward(output, loss.gradient, packed);
  packed = packed.to(torch::kCPU);
  for (int64_t member = 0; member < kPackMembers; ++member) {
    const auto i = static_cast<size_t>(member);
    const Model::Output plain = models_[i]->Forward(datasets_[i].train.questions);
    EXPECT_LT(Largest(output.logits[member].to(torch::kCPU) - plain.logits),
              1e-9 * Largest(plain.logits));
    EXPECT_LT(Largest(output.hidden[member].to(torch::kCPU) - plain.hidden),
              1e-9 * Largest(plain.hidden));
    const torch::Tensor expected_loss =
        LossOf(GetParam().spec, plain.logits, datasets_[i].train.answers);
    expected_loss.backward();
    EXPECT_NEAR(loss.loss[member].item<double>(), expected_loss.item<double>(), 1e-9);
    const torch::Tensor gradient = models_[i]->gradient();
    const torch::Tensor got = layout_->FlatOf(packed[member]);
    EXPECT_NEAR(packed[member].norm().item<double>(), got.norm().item<double>(), 1e-12)
        << "between parameters there must be nothing";
    int64_t first = 0;
    for (const NamedParameter& parameter : models_[i]->parameters()) {
      const int64_t size = parameter.value.numel();
      const torch::Tensor expected = gradient.narrow(0, first, size);
      EXPECT_LE(Largest(got.narrow(0, first, size) - expected), 1e-9 * Largest(gradient))
          << parameter.name;
      first += size;
    }
  }
}

TEST_P(PackedNetworkTest, EqualCallsGiveEqualBits) {
  const RowSums rows = network_->RowsOf(questions_);
  std::vector<torch::Tensor> gradients;
  for (int i = 0; i < 2; ++i) {
    const PackedNetwork::Output output = network_->Forward(rows);
    const PackedLoss loss = PackedLossWithGradient(GetParam().spec, output.logits, answers_);
    gradients.push_back(torch::empty_like(weights_));
    network_->Backward(output, loss.gradient, gradients.back());
  }
  EXPECT_TRUE(gradients[0].equal(gradients[1]));
}

INSTANTIATE_TEST_SUITE_P(All, PackedNetworkTest, testing::ValuesIn(PackedCases()),
                         [](const auto& info) { return info.param.name; });

TEST(PackedNetworkFlopsTest, GrowWithMembersExamplesAndBlocks) {
  const auto flops = [](const RunSpec& spec, int64_t members, int64_t examples) {
    const TensorDataset dataset(spec);
    const PackedLayout layout(Model(spec, dataset.table, torch::kCPU));
    return PackedNetwork(spec, dataset.table, layout, torch::zeros({members, layout.stride()}))
        .StepFlops(examples);
  };
  const RunSpec spec = PackedSpec("transformer", 1, "relu");
  EXPECT_EQ(flops(spec, 4, 100), 4 * flops(spec, 1, 100));
  EXPECT_GT(flops(spec, 1, 200), flops(spec, 1, 100));
  EXPECT_GT(flops(PackedSpec("transformer", 2, "relu"), 1, 100), 2 * flops(spec, 1, 100));
}

}  // namespace
}  // namespace powerdown
