#include "server/trainer/network/packed_layout.h"

#include <gtest/gtest.h>

#include "tests/server/trainer/network/tensor_dataset.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

TEST(PackedLayoutTest, WeightsGoToARowAndBack) {
  const TensorDataset dataset(TinySpec());
  const Model model(TinySpec(), dataset.table, torch::kCPU);
  const PackedLayout layout(model);
  const torch::Tensor row = layout.RowOf(model.flat());
  EXPECT_EQ(row.size(0), layout.stride());
  EXPECT_GT(layout.stride(), model.size());
  EXPECT_TRUE(layout.FlatOf(row).equal(model.flat().detach()));
  EXPECT_FLOAT_EQ(row.norm().item<float>(), model.flat().detach().norm().item<float>());
  const std::vector<NamedParameter> parameters = layout.ParametersOf(row);
  ASSERT_EQ(parameters.size(), model.parameters().size());
  for (size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_TRUE(parameters[i].value.equal(model.parameters()[i].value.detach()));
    EXPECT_EQ(layout.places()[i].offset % 16, 0) << "products want aligned rows";
  }
}

}  // namespace
}  // namespace powerdown
