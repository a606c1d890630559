#include "server/trainer/frame_keeper.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace powerdown {
namespace {

// All steps together weigh as much as this share of the whole range of accuracy.
constexpr double kStepsShare = 0.25;

}  // namespace

FrameKeeper::FrameKeeper(int64_t weights) : weights_(weights), most_(MostOf(kMostFrames)) {}

size_t FrameKeeper::MostOf(size_t most) const {
  const int64_t bytes = std::max<int64_t>(1, weights_) * static_cast<int64_t>(sizeof(float));
  return std::min(most, static_cast<size_t>(kMostBytes / bytes));
}

size_t FrameKeeper::LeastTelling() const {
  size_t least = 0;
  double least_gap = INFINITY;
  const auto steps = static_cast<double>(std::max<int64_t>(1, frames_.back().step));
  for (size_t i = 1; i + 1 < frames_.size(); ++i) {
    const Frame& before = frames_[i - 1];
    const Frame& after = frames_[i + 1];
    const double gap = std::abs(after.validation_accuracy - before.validation_accuracy) +
                       kStepsShare * static_cast<double>(after.step - before.step) / steps;
    if (gap < least_gap) {
      least_gap = gap;
      least = i;
    }
  }
  return least;
}

void FrameKeeper::Observe(int64_t step, double validation_accuracy, const float* weights) {
  if (most_ == 0) return;
  Frame frame;
  if (frames_.size() == most_) {
    const auto least = frames_.begin() + static_cast<std::ptrdiff_t>(LeastTelling());
    frame = std::move(*least);  // its memory serves again
    frames_.erase(least);
  }
  frame.step = step;
  frame.validation_accuracy = validation_accuracy;
  frame.weights.assign(weights, weights + weights_);
  frames_.push_back(std::move(frame));
}

std::vector<FrameKeeper::Frame> FrameKeeper::Take() {
  most_ = MostOf(kMostLaterFrames);
  return std::exchange(frames_, {});
}

}  // namespace powerdown
