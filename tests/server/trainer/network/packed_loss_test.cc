#include "server/trainer/network/packed_loss.h"

#include <gtest/gtest.h>

#include "server/trainer/network/model.h"
#include "tests/server/trainer/network/tensor_dataset.h"

namespace powerdown {
namespace {

constexpr int64_t kClasses = 5;

TEST(PackedLossTest, LossesAndGradientsAreEachMembersOwn) {
  torch::manual_seed(1);
  const auto options = torch::dtype(torch::kFloat64).device(TestDevice());
  // Some rows are so sure of themselves that 1 - p is all of their gradient.
  const torch::Tensor logits = torch::randn({3, 20, kClasses}, options) *
                               torch::logspace(-2, 2, 20, 10, options).view({1, 20, 1});
  const torch::Tensor answers = torch::randint(kClasses, {3, 20}, torch::kInt64).to(TestDevice());
  for (const char* loss : {"cross-entropy", "mse", "stablemax"}) {
    RunSpec spec;
    spec.loss = loss;
    const PackedLoss got = PackedLossWithGradient(spec, logits, answers);
    const torch::Tensor scored = PackedLossOf(spec, logits, answers);
    for (int64_t member = 0; member < 3; ++member) {
      const torch::Tensor leaf = logits[member].clone().requires_grad_(true);
      const torch::Tensor expected = LossOf(spec, leaf, answers[member]);
      expected.backward();
      EXPECT_NEAR(got.loss[member].item<double>(), expected.item<double>(), 1e-12) << loss;
      EXPECT_NEAR(scored[member].item<double>(), expected.item<double>(), 1e-12) << loss;
      const double scale = leaf.grad().abs().max().item<double>();
      EXPECT_LT((got.gradient[member] - leaf.grad()).abs().max().item<double>(), 1e-9 * scale)
          << loss;
    }
  }
}

TEST(PackedLossTest, CountsRightAnswersAndUnitsThatAreOff) {
  const torch::Tensor logits = torch::tensor({1.F, 2.F, 4.F, 3.F}).view({1, 2, 2});
  const torch::Tensor answers = torch::tensor({int64_t{1}, int64_t{1}}).view({1, 2});
  EXPECT_EQ(PackedRightOf(logits, answers).item<float>(), 1);
  const torch::Tensor hidden = torch::tensor({-1.F, 0.F, 1e-7F, 2.F}).view({1, 2, 2});
  RunSpec spec;
  EXPECT_EQ(PackedSparsityOf(spec, hidden).item<float>(), 0.5F);
  spec.activation = "quadratic";
  EXPECT_EQ(PackedSparsityOf(spec, hidden).item<float>(), 0.5F);
}

}  // namespace
}  // namespace powerdown
