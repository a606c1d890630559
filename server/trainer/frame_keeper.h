// Chooses the weights that show how a run learned: frames for quizzes, kept in memory until they
// are written. Few, small and close together where the held-out accuracy changes. Not thread-safe;
// touches nothing of the training but to copy its weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace powerdown {

class FrameKeeper {
 public:
  // Of an attempt: so many frames up to its grok, so many more after it, and at most so many bytes
  // of weights in either.
  static constexpr size_t kMostFrames = 32;
  static constexpr size_t kMostLaterFrames = 8;
  static constexpr int64_t kMostBytes = 24 << 20;

  struct Frame {
    int64_t step = 0;
    double validation_accuracy = 0;
    std::vector<float> weights;
  };

  explicit FrameKeeper(int64_t weights);
  // Keeps this evaluation. If there is no room, it drops the frame whose neighbours are closest in
  // accuracy and, with less weight, in steps. The first and the last frame are always kept.
  void Observe(int64_t step, double validation_accuracy, const float* weights);
  // All of them, oldest first; further ones are kMostLaterFrames.
  std::vector<Frame> Take();
  size_t size() const { return frames_.size(); }

 private:
  size_t MostOf(size_t most) const;
  size_t LeastTelling() const;

  const int64_t weights_;
  size_t most_;
  std::vector<Frame> frames_;
};

}  // namespace powerdown
