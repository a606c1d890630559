#include "server/trainer/frame_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

// Evaluations every ten steps of a run that learns around step 5000.
std::vector<FrameKeeper::Frame> FramesOfALearner(FrameKeeper& keeper, int64_t steps = 10000) {
  for (int64_t step = 0; step <= steps; step += 10) {
    const float weight = static_cast<float>(step);
    keeper.Observe(step, 1 / (1 + std::exp((5000.0 - static_cast<double>(step)) / 100)), &weight);
  }
  return keeper.Take();
}

TEST(FrameKeeperTest, FramesAreDenseWhereAccuracyChanges) {
  FrameKeeper keeper(1);
  const auto frames = FramesOfALearner(keeper);
  ASSERT_EQ(frames.size(), FrameKeeper::kMostFrames);
  const auto rising = std::count_if(frames.begin(), frames.end(), [](const auto& frame) {
    return frame.validation_accuracy > 0.02 && frame.validation_accuracy < 0.98;
  });
  EXPECT_GE(rising, 15);
  EXPECT_EQ(frames.front().step, 0);
  EXPECT_EQ(frames.back().step, 10000);
}

TEST(FrameKeeperTest, FramesAreInOrderWithTheirOwnWeights) {
  FrameKeeper keeper(1);
  int64_t last = -1;
  for (const FrameKeeper::Frame& frame : FramesOfALearner(keeper)) {
    EXPECT_GT(frame.step, last);
    EXPECT_EQ(frame.weights, std::vector<float>{static_cast<float>(frame.step)});
    last = frame.step;
  }
}

TEST(FrameKeeperTest, FewFollowOnceTheyWereTaken) {
  FrameKeeper keeper(1);
  FramesOfALearner(keeper);
  EXPECT_EQ(FramesOfALearner(keeper).size(), FrameKeeper::kMostLaterFrames);
}

TEST(FrameKeeperTest, LargeModelsHaveFewerFramesOrNone) {
  const int64_t third = FrameKeeper::kMostBytes / 4 / 3;
  FrameKeeper keeper(third);
  const std::vector<float> weights(static_cast<size_t>(third));
  for (int64_t step = 0; step < 10; ++step) keeper.Observe(step, 0, weights.data());
  EXPECT_EQ(keeper.Take().size(), 3u);
  FrameKeeper none(FrameKeeper::kMostBytes);
  none.Observe(0, 0, nullptr);
  EXPECT_EQ(none.size(), 0u);
}

}  // namespace
}  // namespace powerdown
