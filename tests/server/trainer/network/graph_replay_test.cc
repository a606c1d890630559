#include "server/trainer/network/graph_replay.h"

#include <gtest/gtest.h>

#include "tests/server/trainer/network/tensor_dataset.h"

namespace powerdown {
namespace {

// On a GPU the first runs are launched and the others replayed (POWERDOWN_TEST_DEVICE=cuda).
TEST(GraphReplayTest, DoesTheWorkOnceEachTime) {
  UseOwnStream(TestDevice());
  torch::Tensor sum = torch::zeros({4}, TestDevice());
  const torch::Tensor one = torch::ones({4}, TestDevice());
  GraphReplay replay(TestDevice(), [&] { sum.add_(one * 2); });
  for (int run = 1; run <= 10; ++run) {
    replay.Run();
    EXPECT_EQ(sum.sum().item<float>(), static_cast<float>(8 * run));
  }
}

}  // namespace
}  // namespace powerdown
