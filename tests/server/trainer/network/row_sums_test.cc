#include "server/trainer/network/row_sums.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/server/trainer/network/tensor_dataset.h"

namespace powerdown {
namespace {

constexpr int64_t kMembers = 2;
constexpr int64_t kSums = 50;
constexpr int64_t kTerms = 3;
constexpr int64_t kRows = 7;  // the last one is taken by nobody
constexpr int64_t kSize = 5;

torch::Tensor SomeRows() {
  torch::manual_seed(3);
  return torch::randint(kRows - 1, {kMembers, kSums, kTerms}, torch::kInt64).to(TestDevice());
}

// The sum and its gradient, by indexing and autograd.
struct Expected {
  explicit Expected(const torch::Tensor& rows, const torch::Tensor& table,
                    const torch::Tensor& from) {
    std::vector<torch::Tensor> parts;
    const torch::Tensor leaf = table.detach().clone().requires_grad_(true);
    for (int64_t member = 0; member < kMembers; ++member) {
      parts.push_back(torch::embedding(leaf[member], rows[member]).sum(1));
    }
    sums = torch::stack(parts).detach();
    torch::stack(parts).backward(from);
    gradient = leaf.grad();
  }
  torch::Tensor sums, gradient;
};

TEST(RowSumsTest, BothFormsSumAndHaveTheGradientOfIndexing) {
  const auto options = torch::dtype(torch::kFloat64).device(TestDevice());
  const torch::Tensor table = torch::randn({kMembers, kRows, kSize}, options);
  for (const int64_t terms : {int64_t{1}, kTerms}) {
    const torch::Tensor rows = SomeRows().narrow(2, 0, terms);
    const torch::Tensor from = torch::randn({kMembers, kSums, kSize}, options);
    const Expected expected(rows, table, from);
    for (const RowSumForm form : {RowSumForm::kBags, RowSumForm::kProduct}) {
      const RowSums sums = MakeRowSums(rows, kRows, form, torch::kFloat64);
      const torch::Tensor leaf = table.clone().requires_grad_(true);
      const torch::Tensor got = SumRows(leaf, sums);
      got.backward(from);
      EXPECT_LT((got - expected.sums).abs().max().item<double>(), 1e-12);
      EXPECT_LT((leaf.grad() - expected.gradient).abs().max().item<double>(), 1e-12);
      EXPECT_EQ(leaf.grad()[0][kRows - 1].abs().max().item<double>(), 0);
    }
  }
}

TEST(RowSumsTest, ARowThatVeryManyTakeIsAProduct) {
  EXPECT_EQ(RowSumFormFor(torch::kCPU, 1741, 2, 118), RowSumForm::kBags);
  EXPECT_EQ(RowSumFormFor(torch::kCPU, 4096, 12, 24), RowSumForm::kProduct);
  EXPECT_EQ(RowSumFormFor(torch::kMPS, 1741, 2, 118), RowSumForm::kProduct);
}

}  // namespace
}  // namespace powerdown
